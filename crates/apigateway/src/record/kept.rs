//! What an account has beside its APIs: keys, usage plans, domain names, links; and the
//! documentation of an API.

use super::{Named, Texts};
use crate::error::Missing;
use crate::shelf::Kept;
use base::Region;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wire::apigateway as shape;

/// The zone of every CloudFront distribution.
const CLOUDFRONT_ZONE: &str = "Z2FDTNDATAQYW2";
/// The zone of regional endpoints in us-east-1.
const REGIONAL_ZONE: &str = "Z1UJRXOUMOOFQ8";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiKey {
    pub id: String,
    pub value: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub enabled: bool,
    pub customer_id: Option<String>,
    pub created_ms: i64,
    pub updated_ms: i64,
    /// `API/STAGE`, as keys had them before there were usage plans.
    pub stage_keys: Vec<String>,
    pub tags: Texts,
}

/// The id of the key with a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiKeyValue {
    pub value: String,
    pub id: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UsagePlan {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub stages: Vec<PlannedStage>,
    pub throttle: Option<Throttle>,
    pub quota: Option<Quota>,
    pub product_code: Option<String>,
    pub tags: Texts,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedStage {
    pub api_id: String,
    pub stage: String,
    /// `/PATH/METHOD` to limits.
    pub throttle: BTreeMap<String, Throttle>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Throttle {
    pub burst: Option<i32>,
    /// Requests a second.
    pub rate: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quota {
    pub limit: i32,
    pub offset: i32,
    pub period: Named<shape::QuotaPeriodType>,
}

/// A key in a usage plan; its shelf is the plan's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UsagePlanKey {
    pub id: String,
}

/// What a key has used of a plan on one day; its shelf is the plan's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayUsage {
    /// `KEY DATE`
    pub id: String,
    pub used: i64,
}

/// By how many requests a key's quota differs from its plan's in one period; its shelf is the
/// plan's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuotaChange {
    /// `KEY DATE`, the date being the first of the period.
    pub id: String,
    pub by: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VpcLink {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub target_arns: Vec<String>,
    pub tags: Texts,
}

/// It has no `Debug`, which would show the key.
#[derive(Clone, Serialize, Deserialize)]
pub struct ClientCertificate {
    pub id: String,
    pub description: Option<String>,
    pub pem: String,
    /// PEM too.
    pub private_key: String,
    pub created_ms: i64,
    pub expires_ms: i64,
    pub tags: Texts,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DomainName {
    pub name: String,
    pub certificate_name: Option<String>,
    pub certificate_arn: Option<String>,
    pub regional_certificate_name: Option<String>,
    pub regional_certificate_arn: Option<String>,
    pub endpoint: super::Endpoint,
    pub security_policy: Named<shape::SecurityPolicy>,
    #[serde(default)]
    pub ownership_arn: Option<String>,
    #[serde(default)]
    pub truststore: Option<Truststore>,
    pub alias: String,
    pub created_ms: i64,
    pub tags: Texts,
}

impl DomainName {
    pub fn is_edge(&self) -> bool {
        self.endpoint.kind.0 == shape::EndpointType::Edge
    }

    /// What the name's DNS would lead to.
    pub fn target(&self, region: &Region) -> String {
        let alias = &self.alias;
        match self.is_edge() {
            true => format!("d{alias}.cloudfront.net"),
            false => format!("d-{alias}.execute-api.{region}.amazonaws.com"),
        }
    }

    /// The zone of that.
    pub fn zone(&self) -> &'static str {
        match self.is_edge() {
            true => CLOUDFRONT_ZONE,
            false => REGIONAL_ZONE,
        }
    }
}

/// Who may call a domain name over TLS; kept without effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truststore {
    pub uri: Option<String>,
    pub version: Option<String>,
}

/// What is reached below a path of a domain name: a stage of a REST API or of an HTTP API. Its
/// shelf is the domain name's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BasePathMapping {
    /// Under which operations on HTTP APIs know it.
    #[serde(default)]
    pub id: String,
    /// `(none)` for the empty one.
    pub base_path: String,
    pub api_id: String,
    pub stage: Option<String>,
}

/// Its shelf is the API's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentationPart {
    pub id: String,
    /// Parts are listed in the order in which they were made.
    pub number: u64,
    pub location: DocumentationLocation,
    pub properties: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentationLocation {
    pub kind: Named<shape::DocumentationPartType>,
    pub path: Option<String>,
    pub method: Option<String>,
    pub status_code: Option<String>,
    pub name: Option<String>,
}

impl DocumentationLocation {
    /// With what AWS fills in: the root is meant where a part that belongs to a path names none.
    pub fn completed(mut self) -> DocumentationLocation {
        use shape::DocumentationPartType::{Api, Authorizer, Model};
        if !matches!(self.kind.0, Api | Authorizer | Model) {
            self.path.get_or_insert_with(|| "/".to_owned());
        }
        self
    }
}

/// Its shelf is the API's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentationVersion {
    pub version: String,
    pub description: Option<String>,
    pub created_ms: i64,
}

macro_rules! kept {
    ($($record:ident $kind:literal by $name:ident else $missing:ident)*) => { $(
        impl Kept for $record {
            const KIND: &'static str = $kind;

            #[allow(
                clippy::misnamed_getters,
                reason = "what tells one from another is not called an id everywhere"
            )]
            fn id(&self) -> &str {
                &self.$name
            }

            fn missing() -> Missing {
                Missing::$missing
            }
        }
    )* };
}

kept! {
    ApiKey "apikey" by id else ApiKey
    ApiKeyValue "apikeyvalue" by value else ApiKey
    UsagePlan "usageplan" by id else UsagePlan
    UsagePlanKey "usageplankey" by id else UsagePlanKey
    DayUsage "usage" by id else UsagePlanKey
    QuotaChange "quotachange" by id else UsagePlanKey
    VpcLink "vpclink" by id else VpcLink
    ClientCertificate "clientcertificate" by id else ClientCertificate
    DomainName "domainname" by name else DomainName
    BasePathMapping "basepath" by base_path else BasePathMapping
    DocumentationPart "docpart" by id else DocumentationPart
    DocumentationVersion "docversion" by version else DocumentationVersion
}
