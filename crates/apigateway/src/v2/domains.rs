//! Domain names and which API is reached below them: kept, and not served.

use super::error::Refusal;
use super::parts::{self, Part, one_page, set, set_some};
use super::record::{ApiMapping, DomainConfiguration, DomainName, Stage};
use super::{require, shapes};
use crate::error::Error;
use crate::record::Named;
use crate::shelf::Shelf;
use crate::{Gateway, operations, store};
use base::Region;
use kv::Txn;
use service::{Caller, Handler, Operate, Permit, Requirement};
use wire::apigatewayv2::{DomainNameStatus, EndpointType, SecurityPolicy};

pub(super) fn handlers() -> Vec<Handler<Gateway>> {
    vec![
        Handler::of::<shapes::CreateApiMappingInput>(),
        Handler::of::<shapes::CreateDomainNameInput>(),
        Handler::of::<shapes::DeleteApiMappingInput>(),
        Handler::of::<shapes::DeleteDomainNameInput>(),
        Handler::of::<shapes::GetApiMappingInput>(),
        Handler::of::<shapes::GetApiMappingsInput>(),
        Handler::of::<shapes::GetDomainNameInput>(),
        Handler::of::<shapes::GetDomainNamesInput>(),
        Handler::of::<shapes::UpdateApiMappingInput>(),
        Handler::of::<shapes::UpdateDomainNameInput>(),
    ]
}

/// The zone of regional endpoints in us-east-1.
const REGIONAL_ZONE: &str = "Z1UJRXOUMOOFQ8";

impl Part for DomainName {
    type Shape = shapes::DomainName;

    fn shape(self) -> shapes::DomainName {
        let arn = format!(
            "arn:{}:apigateway:::/domainnames/{}",
            base::PARTITION,
            self.name
        );
        let configurations = self.configurations.into_iter();
        let truststore = self
            .truststore_uri
            .map(|uri| shapes::MutualTlsAuthentication {
                truststore_uri: Some(uri),
                truststore_version: self.truststore_version,
                truststore_warnings: None,
            });
        shapes::DomainName {
            api_mapping_selection_expression: Some("$request.basepath".to_owned()),
            domain_name: self.name,
            domain_name_arn: Some(arn),
            domain_name_configurations: Some(configurations.map(configuration_shape).collect()),
            mutual_tls_authentication: truststore,
            routing_mode: Some(self.routing_mode.0),
            tags: Some(self.tags),
        }
    }
}

fn configuration_shape(configuration: DomainConfiguration) -> shapes::DomainNameConfiguration {
    shapes::DomainNameConfiguration {
        api_gateway_domain_name: Some(configuration.alias),
        certificate_arn: configuration.certificate_arn,
        certificate_name: configuration.certificate_name,
        certificate_upload_date: None,
        domain_name_status: Some(DomainNameStatus::Available),
        domain_name_status_message: None,
        endpoint_type: Some(configuration.endpoint_type.0),
        hosted_zone_id: Some(REGIONAL_ZONE.to_owned()),
        ip_address_type: Some(configuration.ip_address_type.0),
        security_policy: Some(configuration.security_policy.0),
        ownership_verification_certificate_arn: configuration.ownership_arn,
    }
}

fn configuration(
    gateway: &Gateway,
    region: &Region,
    shape: shapes::DomainNameConfiguration,
) -> DomainConfiguration {
    let name = gateway.entropy.lower_alnum(10);
    DomainConfiguration {
        alias: format!("d-{name}.execute-api.{region}.amazonaws.com"),
        certificate_arn: shape.certificate_arn,
        certificate_name: shape.certificate_name,
        endpoint_type: Named(shape.endpoint_type.unwrap_or(EndpointType::Regional)),
        ip_address_type: Named(shape.ip_address_type.unwrap_or_default()),
        security_policy: Named(shape.security_policy.unwrap_or(SecurityPolicy::Tls1_2)),
        ownership_arn: shape.ownership_verification_certificate_arn,
    }
}

impl Part for ApiMapping {
    type Shape = shapes::ApiMapping;

    fn shape(self) -> shapes::ApiMapping {
        shapes::ApiMapping {
            api_id: self.api_id,
            api_mapping_id: Some(self.id),
            api_mapping_key: self.key,
            stage: self.stage,
        }
    }
}

impl Operate<Gateway> for shapes::CreateDomainNameInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "POST", &["domainnames"]))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::DomainName, Error> {
        let region = &permit.caller().region;
        let given = self.domain_name_configurations.unwrap_or_default();
        let given = given.into_iter();
        let (uri, version) = match self.mutual_tls_authentication {
            Some(tls) => (tls.truststore_uri, tls.truststore_version),
            None => (None, None),
        };
        let domain = &DomainName {
            name: self.domain_name,
            configurations: given.map(|it| configuration(gateway, region, it)).collect(),
            truststore_uri: uri,
            truststore_version: version,
            routing_mode: Named(self.routing_mode.unwrap_or_default()),
            tags: self.tags.unwrap_or_default(),
        };
        let shelf = &parts::shelf(permit);
        let add = |txn: Txn| async move {
            if shelf
                .find::<DomainName>(&txn, &domain.name)
                .await?
                .is_some()
            {
                return Err(Refusal::DomainExists.into());
            }
            shelf.save(&txn, domain);
            Ok::<_, Error>(())
        };
        gateway.store.transact(add).await?;
        Ok(domain.clone().shape())
    }
}

impl Operate<Gateway> for shapes::GetDomainNameInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["domainnames", &self.domain_name]))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::DomainName, Error> {
        let view = gateway.store.snapshot();
        let shelf = parts::shelf(permit);
        let domain: DomainName = shelf.load(&view, &self.domain_name).await?;
        Ok(domain.shape())
    }
}

impl Operate<Gateway> for shapes::GetDomainNamesInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["domainnames"]))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::GetDomainNamesOutput, Error> {
        let view = gateway.store.snapshot();
        let domains: Vec<DomainName> = parts::shelf(permit).all(&view).await?;
        let (limit, token) = (self.max_results.as_deref(), self.next_token.as_deref());
        let (items, next_token) = one_page(domains, limit, token)?;
        Ok(shapes::GetDomainNamesOutput { items, next_token })
    }
}

impl Operate<Gateway> for shapes::UpdateDomainNameInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "PATCH",
            &["domainnames", &self.domain_name],
        ))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::DomainName, Error> {
        let (shelf, input) = (&parts::shelf(permit), &self);
        let region = &permit.caller().region;
        let domain = gateway.store.transact(|txn| async move {
            let mut domain: DomainName = shelf.load(&txn, &input.domain_name).await?;
            if let Some(given) = input.domain_name_configurations.clone() {
                let given = given.into_iter();
                domain.configurations =
                    given.map(|it| configuration(gateway, region, it)).collect();
            }
            if let Some(tls) = input.mutual_tls_authentication.clone() {
                set_some(&mut domain.truststore_uri, tls.truststore_uri);
                set_some(&mut domain.truststore_version, tls.truststore_version);
            }
            set(&mut domain.routing_mode, input.routing_mode.map(Named));
            shelf.save(&txn, &domain);
            Ok::<_, Error>(domain)
        });
        Ok(domain.await?.shape())
    }
}

impl Operate<Gateway> for shapes::DeleteDomainNameInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "DELETE",
            &["domainnames", &self.domain_name],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let (shelf, name) = (&parts::shelf(permit), &self.domain_name);
        let remove = |txn: Txn| async move {
            shelf.load::<DomainName>(&txn, name).await?;
            shelf.remove::<DomainName>(&txn, name);
            store::clear(&txn, shelf.within(name).range::<ApiMapping>()).await?;
            Ok(())
        };
        gateway.store.transact(remove).await
    }
}

/// Keeps a mapping, if its stage is there and no other has its key.
async fn save(permit: &Permit, domain: &str, txn: &Txn, mapping: &ApiMapping) -> Result<(), Error> {
    let shelf = parts::shelf(permit);
    shelf.load::<DomainName>(txn, domain).await?;
    let scope = parts::scope(permit, &mapping.api_id);
    parts::api(&scope, txn).await?;
    scope.shelf().load::<Stage>(txn, &mapping.stage).await?;
    let shelf = shelf.within(domain);
    let others: Vec<ApiMapping> = shelf.all(txn).await?;
    let key = |mapping: &ApiMapping| mapping.key.clone().unwrap_or_default();
    let same = |other: &ApiMapping| other.id != mapping.id && key(other) == key(mapping);
    if others.iter().any(same) {
        return Err(Refusal::MappingExists.into());
    }
    shelf.save(txn, mapping);
    Ok(())
}

/// The mappings of a domain name.
async fn mappings(gateway: &Gateway, permit: &Permit, domain: &str) -> Result<Shelf, Error> {
    let shelf = parts::shelf(permit);
    let view = gateway.store.snapshot();
    shelf.load::<DomainName>(&view, domain).await?;
    Ok(shelf.within(domain))
}

impl Operate<Gateway> for shapes::CreateApiMappingInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["domainnames", &self.domain_name, "apimappings"];
        Ok(require(caller, "POST", &path))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::ApiMapping, Error> {
        let mapping = &ApiMapping {
            id: operations::new_id(gateway),
            api_id: self.api_id,
            key: self.api_mapping_key,
            stage: self.stage,
        };
        let domain = &self.domain_name;
        let add = |txn: Txn| async move { save(permit, domain, &txn, mapping).await };
        gateway.store.transact(add).await?;
        Ok(mapping.clone().shape())
    }
}

impl Operate<Gateway> for shapes::GetApiMappingInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let id = &self.api_mapping_id;
        let path = ["domainnames", &self.domain_name, "apimappings", id];
        Ok(require(caller, "GET", &path))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::ApiMapping, Error> {
        let shelf = mappings(gateway, permit, &self.domain_name).await?;
        let view = gateway.store.snapshot();
        let mapping: ApiMapping = shelf.load(&view, &self.api_mapping_id).await?;
        Ok(mapping.shape())
    }
}

impl Operate<Gateway> for shapes::GetApiMappingsInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["domainnames", &self.domain_name, "apimappings"];
        Ok(require(caller, "GET", &path))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::GetApiMappingsOutput, Error> {
        let shelf = mappings(gateway, permit, &self.domain_name).await?;
        let all: Vec<ApiMapping> = shelf.all(&gateway.store.snapshot()).await?;
        let (limit, token) = (self.max_results.as_deref(), self.next_token.as_deref());
        let (items, next_token) = one_page(all, limit, token)?;
        Ok(shapes::GetApiMappingsOutput { items, next_token })
    }
}

impl Operate<Gateway> for shapes::UpdateApiMappingInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let id = &self.api_mapping_id;
        let path = ["domainnames", &self.domain_name, "apimappings", id];
        Ok(require(caller, "PATCH", &path))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::ApiMapping, Error> {
        let shelf = &mappings(gateway, permit, &self.domain_name).await?;
        let input = &self;
        let mapping = gateway.store.transact(|txn| async move {
            let mut mapping: ApiMapping = shelf.load(&txn, &input.api_mapping_id).await?;
            mapping.api_id.clone_from(&input.api_id);
            set_some(&mut mapping.key, input.api_mapping_key.clone());
            set(&mut mapping.stage, input.stage.clone());
            save(permit, &input.domain_name, &txn, &mapping).await?;
            Ok::<_, Error>(mapping)
        });
        Ok(mapping.await?.shape())
    }
}

impl Operate<Gateway> for shapes::DeleteApiMappingInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let id = &self.api_mapping_id;
        let path = ["domainnames", &self.domain_name, "apimappings", id];
        Ok(require(caller, "DELETE", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let shelf = &mappings(gateway, permit, &self.domain_name).await?;
        let id = &self.api_mapping_id;
        let remove = |txn: Txn| async move {
            shelf.load::<ApiMapping>(&txn, id).await?;
            shelf.remove::<ApiMapping>(&txn, id);
            Ok(())
        };
        gateway.store.transact(remove).await
    }
}
