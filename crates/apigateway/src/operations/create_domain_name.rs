//! CreateDomainName: requests with this name as their host reach APIs by its base paths.

use super::require_tagged;
use crate::described::said;
use crate::error::{Bad, Clash, Error};
use crate::record::{ApiHome, DomainName, Endpoint, Named};
use crate::shelf::Shelf;
use crate::{Gateway, keys, shape};
use kv::record;
use service::{Caller, Operate, Permit, Requirement};
use wire::Enumeration;
use wire::apigateway::{
    CreateDomainNameInput, DomainName as DomainNameShape, EndpointType, IpAddressType, RoutingMode,
    SecurityPolicy,
};

impl Operate<Gateway> for CreateDomainNameInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let endpoint = self.endpoint_configuration.as_ref();
        let kind = endpoint.and_then(|endpoint| endpoint.types.as_ref()?.first());
        let policy = self.security_policy;
        let truststore = self.mutual_tls_authentication.clone().unwrap_or_default();
        Ok(said(
            require_tagged(caller, "POST", &["domainnames"], self.tags.as_ref()),
            [
                ("EndpointType", kind.map(|kind| kind.as_str().to_owned())),
                (
                    "SecurityPolicy",
                    policy.map(|policy| policy.as_str().to_owned()),
                ),
                ("MtlsTrustStoreUri", truststore.truststore_uri),
                ("MtlsTrustStoreVersion", truststore.truststore_version),
            ],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<DomainNameShape, Error> {
        if self.mutual_tls_authentication.is_some() {
            return Err(Error::NotBuilt("mutualTlsAuthentication".to_owned()));
        }
        if self
            .routing_mode
            .is_some_and(|mode| mode != RoutingMode::BasePathMappingOnly)
        {
            return Err(Error::NotBuilt("routingMode".to_owned()));
        }
        let endpoint = self.endpoint_configuration.unwrap_or_default();
        let kind = endpoint.types.iter().flatten().next().copied();
        let domain = &DomainName {
            name: self.domain_name,
            certificate_name: self.certificate_name,
            certificate_arn: self.certificate_arn,
            regional_certificate_name: self.regional_certificate_name,
            regional_certificate_arn: self.regional_certificate_arn,
            endpoint: Endpoint {
                kind: Named(kind.unwrap_or(EndpointType::Edge)),
                ip_address_type: Named(endpoint.ip_address_type.unwrap_or(IpAddressType::Ipv4)),
                vpc_endpoint_ids: endpoint.vpc_endpoint_ids.unwrap_or_default(),
            },
            security_policy: Named(self.security_policy.unwrap_or(SecurityPolicy::Tls1_2)),
            ownership_arn: self.ownership_verification_certificate_arn,
            truststore: None,
            alias: gateway.entropy.lower_alnum(10),
            created_ms: gateway.now_ms(),
            tags: self.tags.unwrap_or_default(),
        };
        add(gateway, permit.caller(), domain).await?;
        Ok(shape::domain_name(domain.clone(), permit.caller()))
    }
}

/// Keeps a new domain name, which nobody else has.
pub(crate) async fn add(
    gateway: &Gateway,
    caller: &Caller,
    domain: &DomainName,
) -> Result<(), Error> {
    if !is_domain_name(&domain.name) {
        return Err(Bad::DomainName(domain.name.clone()).into());
    }
    let shelf = &Shelf::of(caller);
    gateway
        .store
        .transact(|txn| async move {
            let home = keys::domain_home(&domain.name);
            if txn.get(&home).await?.is_some() {
                return Err(Clash::DomainName.into());
            }
            txn.put(home, record::encode(&ApiHome::of(caller)));
            shelf.save(&txn, domain);
            Ok(())
        })
        .await
}

fn is_domain_name(name: &str) -> bool {
    let label = |label: &str| {
        let belongs = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '*';
        !label.is_empty() && label.len() <= 63 && label.chars().all(belongs)
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(label)
}
