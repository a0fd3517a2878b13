//! Keys, plans, domain names, links and documentation as the wire shows them.

use super::EmptyTags;
use crate::record::{
    ApiKey, BasePathMapping, ClientCertificate, DocumentationPart, DocumentationVersion,
    DomainName, Texts, Throttle, UsagePlan, VpcLink,
};
use crate::usage::DayLeft;
use base::Timestamp;
use service::Caller;
use wire::apigateway as wire_shape;

/// Whether an answer shows a key's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyValue {
    Shown,
    Hidden,
}

impl KeyValue {
    /// Shown if somebody asks for it.
    pub fn asked(include: Option<bool>) -> KeyValue {
        match include {
            Some(true) => KeyValue::Shown,
            _ => KeyValue::Hidden,
        }
    }
}

fn tags(tags: Texts, empty: EmptyTags) -> Option<Texts> {
    Some(tags).filter(|tags| !tags.is_empty() || empty == EmptyTags::Shown)
}

pub fn api_key(key: ApiKey, value: KeyValue, empty_tags: EmptyTags) -> wire_shape::ApiKey {
    wire_shape::ApiKey {
        id: Some(key.id),
        value: (value == KeyValue::Shown).then_some(key.value),
        name: key.name,
        customer_id: key.customer_id,
        description: key.description,
        enabled: Some(key.enabled),
        created_date: Some(Timestamp::from_millis(key.created_ms)),
        last_updated_date: Some(Timestamp::from_millis(key.updated_ms)),
        stage_keys: Some(key.stage_keys),
        tags: tags(key.tags, empty_tags),
    }
}

pub fn usage_plan(plan: UsagePlan) -> wire_shape::UsagePlan {
    let stages = plan.stages.into_iter().map(|stage| {
        let limits = stage.throttle.into_iter();
        let limits = limits.map(|(path, limits)| (path, throttle(limits)));
        wire_shape::ApiStage {
            api_id: Some(stage.api_id),
            stage: Some(stage.stage),
            throttle: Some(limits.collect())
                .filter(|limits: &std::collections::BTreeMap<_, _>| !limits.is_empty()),
        }
    });
    wire_shape::UsagePlan {
        id: Some(plan.id),
        name: Some(plan.name),
        description: plan.description,
        api_stages: Some(stages.collect()),
        throttle: plan.throttle.map(throttle),
        quota: plan.quota.map(|quota| wire_shape::QuotaSettings {
            limit: Some(quota.limit),
            offset: Some(quota.offset),
            period: Some(quota.period.0),
        }),
        product_code: plan.product_code,
        tags: tags(plan.tags, EmptyTags::Left),
    }
}

/// Pairs of what was used and what was left.
pub fn days(days: &[DayLeft]) -> Vec<Vec<i64>> {
    days.iter().map(|day| vec![day.used, day.left]).collect()
}

fn throttle(limits: Throttle) -> wire_shape::ThrottleSettings {
    wire_shape::ThrottleSettings {
        burst_limit: Some(limits.burst.unwrap_or_default()),
        rate_limit: Some(limits.rate.unwrap_or_default()),
    }
}

/// A key as a member of a plan.
pub fn usage_plan_key(key: ApiKey) -> wire_shape::UsagePlanKey {
    wire_shape::UsagePlanKey {
        id: Some(key.id),
        r#type: Some("API_KEY".to_owned()),
        value: Some(key.value),
        name: key.name,
    }
}

pub fn vpc_link(link: VpcLink, empty_tags: EmptyTags) -> wire_shape::VpcLink {
    wire_shape::VpcLink {
        id: Some(link.id),
        name: Some(link.name),
        description: link.description,
        target_arns: Some(link.target_arns),
        status: Some(wire_shape::VpcLinkStatus::Available),
        status_message: Some("Your vpc link is ready for use".to_owned()),
        tags: tags(link.tags, empty_tags),
    }
}

/// Without its key, which nobody is shown.
pub fn client_certificate(
    certificate: ClientCertificate,
    empty_tags: EmptyTags,
) -> wire_shape::ClientCertificate {
    wire_shape::ClientCertificate {
        client_certificate_id: Some(certificate.id),
        description: certificate.description,
        pem_encoded_certificate: Some(certificate.pem),
        created_date: Some(Timestamp::from_millis(certificate.created_ms)),
        expiration_date: Some(Timestamp::from_millis(certificate.expires_ms)),
        tags: tags(certificate.tags, empty_tags),
    }
}

pub fn domain_name(domain: DomainName, caller: &Caller) -> wire_shape::DomainName {
    let edge = domain.is_edge();
    let (target, zone) = (domain.target(&caller.region), domain.zone().to_owned());
    let region = &caller.region;
    let partition = base::PARTITION;
    wire_shape::DomainName {
        domain_name_arn: Some(format!(
            "arn:{partition}:apigateway:{region}::/domainnames/{}",
            domain.name
        )),
        domain_name: Some(domain.name),
        certificate_name: domain.certificate_name,
        certificate_arn: domain.certificate_arn,
        certificate_upload_date: Some(Timestamp::from_millis(domain.created_ms)),
        regional_domain_name: (!edge).then(|| target.clone()),
        regional_hosted_zone_id: (!edge).then(|| zone.clone()),
        regional_certificate_name: domain.regional_certificate_name,
        regional_certificate_arn: domain.regional_certificate_arn,
        distribution_domain_name: edge.then_some(target),
        distribution_hosted_zone_id: edge.then_some(zone),
        endpoint_configuration: Some(wire_shape::EndpointConfiguration {
            types: Some(vec![domain.endpoint.kind.0]),
            ip_address_type: Some(domain.endpoint.ip_address_type.0),
            vpc_endpoint_ids: None,
        }),
        domain_name_status: Some(wire_shape::DomainNameStatus::Available),
        security_policy: Some(domain.security_policy.0),
        tags: tags(domain.tags, EmptyTags::Left),
        ..wire_shape::DomainName::default()
    }
}

pub fn base_path_mapping(mapping: BasePathMapping) -> wire_shape::BasePathMapping {
    wire_shape::BasePathMapping {
        base_path: Some(mapping.base_path),
        rest_api_id: Some(mapping.api_id),
        stage: mapping.stage,
    }
}

pub fn documentation_part(part: DocumentationPart) -> wire_shape::DocumentationPart {
    let location = part.location;
    wire_shape::DocumentationPart {
        id: Some(part.id),
        location: Some(wire_shape::DocumentationPartLocation {
            r#type: location.kind.0,
            path: location.path,
            method: location.method,
            status_code: location.status_code,
            name: location.name,
        }),
        properties: Some(part.properties),
    }
}

pub fn documentation_version(version: DocumentationVersion) -> wire_shape::DocumentationVersion {
    wire_shape::DocumentationVersion {
        version: Some(version.version),
        created_date: Some(Timestamp::from_millis(version.created_ms)),
        description: version.description,
    }
}
