//! `AWS::ApiGateway::DomainName`: a user's own name for REST APIs.

use super::patch::{self, Patched};
use super::request::Request;
use super::{Existing, Failure, Step, Wanted};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::schema::{Property, Schema, TAGS};
use crate::scope::Made;
use wire::apigateway::{CreateDomainNameInput, DeleteDomainNameInput, UpdateDomainNameInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::ApiDomain,
    name: "AWS::ApiGateway::DomainName",
    properties: &[
        Property::optional("CertificateArn", Schema::Text),
        Property::required("DomainName", Schema::Text).replaces(),
        Property::optional(
            "EndpointConfiguration",
            Schema::Object(&[
                Property::optional("IpAddressType", Schema::Text),
                Property::optional("Types", Schema::List(&Schema::Text)),
            ]),
        )
        .fixed(),
        Property::optional("OwnershipVerificationCertificateArn", Schema::Text).fixed(),
        Property::optional("RegionalCertificateArn", Schema::Text),
        Property::optional("RoutingMode", Schema::Text).fixed(),
        Property::optional("SecurityPolicy", Schema::Text),
        Property::optional("Tags", TAGS).fixed(),
        Property::refused("EndpointAccessMode"),
        Property::refused("MutualTlsAuthentication"),
    ],
    attributes: &[
        "DistributionDomainName",
        "DistributionHostedZoneId",
        "DomainNameArn",
        "RegionalDomainName",
        "RegionalHostedZoneId",
    ],
    naming: None,
};

const OF_CREATION: [&str; 6] = [
    "CertificateArn",
    "DomainName",
    "OwnershipVerificationCertificateArn",
    "RegionalCertificateArn",
    "RoutingMode",
    "SecurityPolicy",
];
const PATCHED: [Patched; 3] = [
    Patched::text("CertificateArn", "/certificateArn"),
    Patched::text("RegionalCertificateArn", "/regionalCertificateArn"),
    Patched::or("SecurityPolicy", "/securityPolicy", "TLS_1_2"),
];

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let input: CreateDomainNameInput = Request::new()
        .copy_small(&wanted.properties, &OF_CREATION)
        .copy_small_objects(&wanted.properties, &["EndpointConfiguration"])
        .tag_map(&wanted.properties, "tags")
        .input()?;
    let domain = step.call(input).await?;
    let mut made = Made::named(domain.domain_name.unwrap_or_default());
    for (attribute, value) in [
        ("DistributionDomainName", domain.distribution_domain_name),
        (
            "DistributionHostedZoneId",
            domain.distribution_hosted_zone_id,
        ),
        ("DomainNameArn", domain.domain_name_arn),
        ("RegionalDomainName", domain.regional_domain_name),
        ("RegionalHostedZoneId", domain.regional_hosted_zone_id),
    ] {
        made = made.with(attribute, value.unwrap_or_default());
    }
    Ok(made)
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    step.call(UpdateDomainNameInput {
        domain_name: old.made.reference.clone(),
        domain_name_id: None,
        patch_operations: Some(patch::scalars(
            &old.properties,
            &wanted.properties,
            &PATCHED,
        )),
    })
    .await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteDomainNameInput {
        domain_name: old.made.reference.clone(),
        domain_name_id: None,
    })
    .await
}
