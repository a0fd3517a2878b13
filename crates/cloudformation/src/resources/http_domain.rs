//! `AWS::ApiGatewayV2::DomainName`: a user's own name for APIs.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigatewayv2::{CreateDomainNameInput, DeleteDomainNameInput, UpdateDomainNameInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::HttpDomain,
    name: "AWS::ApiGatewayV2::DomainName",
    properties: &[
        Property::required("DomainName", Schema::Text).replaces(),
        Property::optional(
            "DomainNameConfigurations",
            Schema::List(&Schema::Object(&[
                Property::optional("CertificateArn", Schema::Text),
                Property::optional("CertificateName", Schema::Text),
                Property::optional("EndpointType", Schema::Text),
                Property::optional("IpAddressType", Schema::Text),
                Property::optional("OwnershipVerificationCertificateArn", Schema::Text),
                Property::optional("SecurityPolicy", Schema::Text),
            ])),
        ),
        Property::optional("RoutingMode", Schema::Text),
        Property::optional("Tags", Schema::Map(&Schema::Text)).fixed(),
        Property::refused("MutualTlsAuthentication"),
    ],
    attributes: &[
        "DomainName",
        "DomainNameArn",
        "RegionalDomainName",
        "RegionalHostedZoneId",
    ],
    naming: None,
};

/// What both making and changing one take, besides the name.
fn said(properties: &Map) -> Request<'_> {
    Request::new()
        .copy_small(properties, &["RoutingMode"])
        .copy_small_list(properties, "DomainNameConfigurations")
}

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let request = said(properties).copy_small(properties, &["DomainName", "Tags"]);
    let input: CreateDomainNameInput = request.input()?;
    let domain = step.call(input).await?;
    let configurations = domain.domain_name_configurations.into_iter().flatten();
    let configuration = configurations.into_iter().next().unwrap_or_default();
    let target = configuration.api_gateway_domain_name.unwrap_or_default();
    let zone = configuration.hosted_zone_id.unwrap_or_default();
    Ok(Made::named(domain.domain_name.as_str())
        .with("DomainName", domain.domain_name.as_str())
        .with("DomainNameArn", domain.domain_name_arn.unwrap_or_default())
        .with("RegionalDomainName", target)
        .with("RegionalHostedZoneId", zone))
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let request = said(&wanted.properties).text("DomainName", &old.made.reference);
    let input: UpdateDomainNameInput = request.input()?;
    step.call(input).await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let domain_name = old.made.reference.clone();
    step.remove(DeleteDomainNameInput { domain_name }).await
}
