//! Domain names and which API is reached below them: the same that operations on REST APIs know,
//! in the words of HTTP APIs.

use super::error::Refusal;
use super::parts::{self, one_page, set, set_some};
use super::record::Stage;
use super::{moment, require, shapes};
use crate::Gateway;
use crate::error::{Error, Missing};
use crate::execute::ROOT;
use crate::operations::{self, create_domain_name, delete_domain_name};
use crate::record::{BasePathMapping, DomainName, Endpoint, Named, Truststore};
use crate::shelf::Shelf;
use crate::store::View;
use base::Region;
use kv::Txn;
use service::{Caller, Handler, Operate, Permit, Requirement};
use wire::Enumeration as _;
use wire::apigateway as rest;
use wire::apigatewayv2::{
    DomainNameStatus, EndpointType, IpAddressType, RoutingMode, SecurityPolicy,
};

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

fn shape(domain: DomainName, region: &Region) -> shapes::DomainName {
    let arn = format!(
        "arn:{}:apigateway:{region}::/domainnames/{}",
        base::PARTITION,
        domain.name
    );
    let truststore = domain.truststore.clone();
    shapes::DomainName {
        api_mapping_selection_expression: Some("$request.basepath".to_owned()),
        domain_name_arn: Some(arn),
        domain_name_configurations: Some(vec![configuration(&domain, region)]),
        mutual_tls_authentication: truststore.map(|store| shapes::MutualTlsAuthentication {
            truststore_uri: store.uri,
            truststore_version: store.version,
            truststore_warnings: None,
        }),
        routing_mode: Some(RoutingMode::ApiMappingOnly),
        domain_name: domain.name,
        tags: Some(domain.tags),
    }
}

fn configuration(domain: &DomainName, region: &Region) -> shapes::DomainNameConfiguration {
    let (arn, name, kind) = match domain.is_edge() {
        true => (
            &domain.certificate_arn,
            &domain.certificate_name,
            EndpointType::Edge,
        ),
        false => (
            &domain.regional_certificate_arn,
            &domain.regional_certificate_name,
            EndpointType::Regional,
        ),
    };
    shapes::DomainNameConfiguration {
        api_gateway_domain_name: Some(domain.target(region)),
        certificate_arn: arn.clone(),
        certificate_name: name.clone(),
        certificate_upload_date: moment(domain.created_ms),
        domain_name_status: Some(DomainNameStatus::Available),
        domain_name_status_message: None,
        endpoint_type: Some(kind),
        hosted_zone_id: Some(domain.zone().to_owned()),
        ip_address_type: IpAddressType::from_name(domain.endpoint.ip_address_type.0.as_str()),
        security_policy: SecurityPolicy::from_name(domain.security_policy.0.as_str()),
        ownership_verification_certificate_arn: domain.ownership_arn.clone(),
    }
}

/// Gives a domain name what a configuration says; there is one, whatever a client may send.
fn configure(
    domain: &mut DomainName,
    given: Vec<shapes::DomainNameConfiguration>,
) -> Result<(), Refusal> {
    let Some(given) = given.into_iter().next() else {
        return Ok(());
    };
    if given.endpoint_type == Some(EndpointType::Edge) {
        return Err(Refusal::EdgeConfiguration);
    }
    domain.endpoint.kind = Named(rest::EndpointType::Regional);
    set_some(&mut domain.regional_certificate_arn, given.certificate_arn);
    set_some(
        &mut domain.regional_certificate_name,
        given.certificate_name,
    );
    let ip = given.ip_address_type;
    let ip = ip.and_then(|it| rest::IpAddressType::from_name(it.as_str()));
    set(&mut domain.endpoint.ip_address_type, ip.map(Named));
    let policy = given.security_policy;
    let policy = policy.and_then(|it| rest::SecurityPolicy::from_name(it.as_str()));
    set(&mut domain.security_policy, policy.map(Named));
    set_some(
        &mut domain.ownership_arn,
        given.ownership_verification_certificate_arn,
    );
    Ok(())
}

/// Edge-optimised domain names are made by operations on REST APIs, and belong to those alone.
fn check_regional(domain: &DomainName) -> Result<(), Refusal> {
    match domain.is_edge() {
        true => Err(Refusal::EdgeDomain),
        false => Ok(()),
    }
}

/// The longest key of a mapping, in characters.
const MAX_KEY: usize = 300;

/// A mapping's path: the root's if the key is blank.
fn mapping_path(key: Option<String>) -> Result<String, Refusal> {
    let key = key.filter(|key| !key.trim().is_empty());
    let key = key.unwrap_or_else(|| ROOT.to_owned());
    let belongs = |c: char| c.is_ascii_alphanumeric() || "$-_.+!*'(),/".contains(c);
    Err(if key.ends_with('/') {
        Refusal::MappingKeyEnd
    } else if key.starts_with('/') || key.contains("//") {
        Refusal::MappingKeySlashes
    } else if !key.chars().all(belongs) {
        Refusal::MappingKeyCharacters
    } else if key.len() > MAX_KEY {
        Refusal::MappingKeyLength
    } else {
        return Ok(key);
    })
}

/// Routing rules are not built.
fn check_mode(mode: Option<RoutingMode>) -> Result<(), Error> {
    match mode {
        None | Some(RoutingMode::ApiMappingOnly) => Ok(()),
        Some(other) => Err(Error::NotBuilt(format!("routingMode {}", other.as_str()))),
    }
}

/// An API mapping is a base path mapping by another name: its key is the path, and it always names
/// a stage.
fn mapping_shape(mapping: BasePathMapping) -> shapes::ApiMapping {
    shapes::ApiMapping {
        api_id: mapping.api_id,
        api_mapping_id: Some(mapping.id),
        api_mapping_key: Some(mapping.base_path).filter(|path| path != ROOT),
        stage: mapping.stage.unwrap_or_default(),
    }
}

impl Operate<Gateway> for shapes::CreateDomainNameInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let tags = self.tags.as_ref();
        Ok(operations::require_tagged(
            caller,
            "POST",
            &["domainnames"],
            tags,
        ))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::DomainName, Error> {
        check_mode(self.routing_mode)?;
        let truststore = self.mutual_tls_authentication.map(|tls| Truststore {
            uri: tls.truststore_uri,
            version: tls.truststore_version,
        });
        let mut domain = DomainName {
            name: self.domain_name,
            certificate_name: None,
            certificate_arn: None,
            regional_certificate_name: None,
            regional_certificate_arn: None,
            endpoint: Endpoint {
                kind: Named(rest::EndpointType::Regional),
                ip_address_type: Named(rest::IpAddressType::Ipv4),
                vpc_endpoint_ids: Vec::new(),
            },
            security_policy: Named(rest::SecurityPolicy::Tls1_2),
            ownership_arn: None,
            truststore,
            alias: gateway.entropy.lower_alnum(10),
            created_ms: gateway.now_ms(),
            tags: self.tags.unwrap_or_default(),
        };
        configure(
            &mut domain,
            self.domain_name_configurations.unwrap_or_default(),
        )?;
        create_domain_name::add(gateway, permit.caller(), &domain).await?;
        Ok(shape(domain, &permit.caller().region))
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
        Ok(shape(domain, &permit.caller().region))
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
        let asked = (self.max_results.as_deref(), self.next_token.as_deref());
        let region = &permit.caller().region;
        let (items, next_token) = one_page(domains, asked, |domain| shape(domain, region))?;
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
        check_mode(self.routing_mode)?;
        let (shelf, input) = (&parts::shelf(permit), &self);
        let domain = gateway.store.transact(|txn| async move {
            let mut domain: DomainName = shelf.load(&txn, &input.domain_name).await?;
            let given = input.domain_name_configurations.clone();
            check_regional(&domain)?;
            configure(&mut domain, given.unwrap_or_default())?;
            if let Some(tls) = input.mutual_tls_authentication.clone() {
                let truststore = domain.truststore.get_or_insert_default();
                set_some(&mut truststore.uri, tls.truststore_uri);
                set_some(&mut truststore.version, tls.truststore_version);
            }
            shelf.save(&txn, &domain);
            Ok::<_, Error>(domain)
        });
        Ok(shape(domain.await?, &permit.caller().region))
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
        delete_domain_name::remove(gateway, permit.caller(), &self.domain_name).await
    }
}

/// What a mapping names and there is not is wrong of the mapping.
fn or_refused<T>(found: Result<T, Error>, refusal: impl FnOnce() -> Refusal) -> Result<T, Error> {
    found.map_err(|error| match error {
        Error::NotFound(_) => refusal().into(),
        error => error,
    })
}

/// Keeps a mapping, if its stage is there and no other has its path.
async fn save(
    permit: &Permit,
    shelf: &Shelf,
    txn: &Txn,
    mapping: &BasePathMapping,
) -> Result<(), Error> {
    let scope = parts::scope(permit, &mapping.api_id);
    let stage = mapping.stage.as_deref().unwrap_or_default();
    let found = match parts::api(&scope, txn).await {
        Ok(_) => scope.shelf().load::<Stage>(txn, stage).await.map(drop),
        Err(Error::NotFound(_)) => {
            let api = scope.load_api(txn).await;
            or_refused(api, || Refusal::MappedApi(mapping.api_id.clone()))?;
            scope.load_stage(txn, stage).await.map(drop)
        }
        Err(error) => return Err(error),
    };
    or_refused(found, || Refusal::MappedStage)?;
    let other: Option<BasePathMapping> = shelf.find(txn, &mapping.base_path).await?;
    if other.is_some_and(|other| other.id != mapping.id) {
        return Err(Refusal::MappingExists.into());
    }
    shelf.save(txn, mapping);
    Ok(())
}

/// A mapping by its id.
async fn load(shelf: &Shelf, view: &impl View, id: &str) -> Result<BasePathMapping, Error> {
    let all: Vec<BasePathMapping> = shelf.all(view).await?;
    let found = all.into_iter().find(|mapping| mapping.id == id);
    Ok(found.ok_or(Missing::Called("API mapping"))?)
}

/// The mappings of a domain name.
async fn mappings(gateway: &Gateway, permit: &Permit, domain: &str) -> Result<Shelf, Error> {
    let shelf = parts::shelf(permit);
    shelf
        .load::<DomainName>(&gateway.store.snapshot(), domain)
        .await?;
    Ok(shelf.within(domain))
}

/// The mappings of a domain name, to be changed.
async fn managed(gateway: &Gateway, permit: &Permit, domain: &str) -> Result<Shelf, Error> {
    let shelf = parts::shelf(permit);
    let view = gateway.store.snapshot();
    check_regional(&shelf.load(&view, domain).await?)?;
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
        let mapping = &BasePathMapping {
            id: operations::new_id(gateway),
            base_path: mapping_path(self.api_mapping_key)?,
            api_id: self.api_id,
            stage: Some(self.stage),
        };
        let shelf = &managed(gateway, permit, &self.domain_name).await?;
        let add = |txn: Txn| async move { save(permit, shelf, &txn, mapping).await };
        gateway.store.transact(add).await?;
        Ok(mapping_shape(mapping.clone()))
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
        let mapping = load(&shelf, &view, &self.api_mapping_id).await?;
        Ok(mapping_shape(mapping))
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
        let all: Vec<BasePathMapping> = shelf.all(&gateway.store.snapshot()).await?;
        let asked = (self.max_results.as_deref(), self.next_token.as_deref());
        let (items, next_token) = one_page(all, asked, mapping_shape)?;
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
        let shelf = &managed(gateway, permit, &self.domain_name).await?;
        let input = &self;
        let mapping = gateway.store.transact(|txn| async move {
            let mut mapping = load(shelf, &txn, &input.api_mapping_id).await?;
            mapping.api_id.clone_from(&input.api_id);
            set_some(&mut mapping.stage, input.stage.clone());
            if let Some(key) = input.api_mapping_key.clone() {
                shelf.remove::<BasePathMapping>(&txn, &mapping.base_path);
                mapping.base_path = mapping_path(Some(key))?;
            }
            save(permit, shelf, &txn, &mapping).await?;
            Ok::<_, Error>(mapping)
        });
        Ok(mapping_shape(mapping.await?))
    }
}

impl Operate<Gateway> for shapes::DeleteApiMappingInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let id = &self.api_mapping_id;
        let path = ["domainnames", &self.domain_name, "apimappings", id];
        Ok(require(caller, "DELETE", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let shelf = &managed(gateway, permit, &self.domain_name).await?;
        let id = &self.api_mapping_id;
        let remove = |txn: Txn| async move {
            let mapping = load(shelf, &txn, id).await?;
            shelf.remove::<BasePathMapping>(&txn, &mapping.base_path);
            Ok(())
        };
        gateway.store.transact(remove).await
    }
}
