//! What the policy language is told of requests (`apigateway:Request/...`) and of what is there:
//! its tags and its settings (`apigateway:Resource/...`), as the Service Authorization Reference
//! lists them.
//!
//! Requests say what their members or patches say; nothing is said of defaults.

use crate::Gateway;
use crate::keys::{Scope, State};
use crate::patch;
use crate::record::{
    ApiKey, Authorizer, ClientCertificate, DomainName, HttpMethod, Method, RestApi, Stage, Texts,
    UsagePlan, VpcLink,
};
use crate::shelf::{Kept, Shelf};
use crate::store::{self, View};
use crate::v2::record as v2;
use service::{Caller, Requirement};
use wire::Enumeration;
use wire::apigateway::PatchOperation;

/// Adds what a request says. What has no value is left out.
pub(crate) fn said<const N: usize>(
    requirements: Vec<Requirement>,
    members: [(&'static str, Option<String>); N],
) -> Vec<Requirement> {
    let add = |requirement: Requirement| {
        members
            .iter()
            .fold(requirement, |requirement, (key, value)| {
                requirement.with(format!("apigateway:Request/{key}"), value)
            })
    };
    requirements.into_iter().map(add).collect()
}

/// Adds what patches say, those of each path under the key that stands with it.
pub(crate) fn patched(
    requirements: Vec<Requirement>,
    patches: Option<&Vec<PatchOperation>>,
    paths: &[(&str, &str)],
) -> Vec<Requirement> {
    let values = |path: &str| {
        let name = path.trim_start_matches('/');
        let values = patch::values_of(patches, name).map(str::to_owned);
        values.collect::<Vec<String>>()
    };
    let add = |requirement: Requirement| {
        paths.iter().fold(requirement, |requirement, (path, key)| {
            requirement.with(format!("apigateway:Request/{key}"), values(path))
        })
    };
    requirements.into_iter().map(add).collect()
}

/// Adds what is known of the thing that a requirement is about.
pub(crate) async fn describe(
    gateway: &Gateway,
    caller: &Caller,
    mut requirement: Requirement,
) -> Result<Requirement, kv::Error> {
    let resource = requirement.resource.clone();
    let path = resource.splitn(6, ':').nth(5).unwrap_or_default();
    let path: Vec<&str> = path.split('/').skip(1).collect();
    let there = There {
        view: &gateway.store.snapshot(),
        caller,
    };
    let (tags, settings) = there.at(&path).await?;
    requirement.add_resource_tags(tags);
    let changes = matches!(
        requirement.action.as_ref(),
        "apigateway:PATCH" | "apigateway:PUT" | "apigateway:DELETE"
    );
    let settings = settings.into_iter().filter(|_| changes);
    Ok(settings.fold(requirement, |requirement, (key, value)| {
        requirement.with(format!("apigateway:Resource/{key}"), value)
    }))
}

type Settings = Vec<(&'static str, Option<String>)>;

/// What a caller's account has.
struct There<'a, V> {
    view: &'a V,
    caller: &'a Caller,
}

impl<V: View> There<'_, V> {
    async fn at(&self, path: &[&str]) -> Result<(Texts, Settings), kv::Error> {
        let tags = |tags: Option<Texts>| (tags.unwrap_or_default(), Settings::new());
        Ok(match path {
            ["restapis", id, within @ ..] => self.in_rest_api(id, within).await?,
            ["apis", id, within @ ..] => self.in_api(id, within).await?,
            ["domainnames", name, ..] => match self.kept::<DomainName>(name).await? {
                Some(domain) => (domain.tags.clone(), of_domain(&domain)),
                None => tags(None),
            },
            ["usageplans", id, ..] => tags(self.kept::<UsagePlan>(id).await?.map(|p| p.tags)),
            ["apikeys", id, ..] => tags(self.kept::<ApiKey>(id).await?.map(|key| key.tags)),
            ["clientcertificates", id, ..] => {
                tags(self.kept::<ClientCertificate>(id).await?.map(|c| c.tags))
            }
            ["vpclinks", id, ..] => match self.kept::<VpcLink>(id).await? {
                Some(link) => tags(Some(link.tags)),
                None => tags(self.kept::<v2::VpcLink>(id).await?.map(|link| link.tags)),
            },
            _ => tags(None),
        })
    }

    async fn kept<T: Kept>(&self, id: &str) -> Result<Option<T>, kv::Error> {
        Shelf::of(self.caller).find(self.view, id).await
    }

    fn scope(&self, id: &str) -> Scope {
        Scope {
            account: self.caller.account,
            region: self.caller.region.clone(),
            api_id: id.to_owned(),
        }
    }

    /// Tags of an API count for everything in it, those of a stage for the stage.
    async fn in_rest_api(&self, id: &str, within: &[&str]) -> Result<(Texts, Settings), kv::Error> {
        let scope = self.scope(id);
        let Some(api) = store::find::<RestApi>(self.view, &scope.api()).await? else {
            return Ok((Texts::new(), Settings::new()));
        };
        let mut tags = api.tags.clone();
        let settings = match within {
            [] => of_rest_api(&api),
            ["stages", name, rest @ ..] => {
                let stage: Option<Stage> = store::find(self.view, &scope.stage(name)).await?;
                tags.extend(stage.as_ref().map(|s| s.tags.clone()).unwrap_or_default());
                let stage = stage.filter(|_| rest.is_empty());
                stage.map_or(Settings::new(), |stage| {
                    of_log(stage.access_log.destination_arn, stage.access_log.format)
                })
            }
            ["resources", resource, "methods", verb] => {
                let found: Option<Method> = match verb.parse::<HttpMethod>() {
                    Ok(verb) => {
                        let key = scope.method(State::Draft, resource, verb);
                        store::find(self.view, &key).await?
                    }
                    Err(_) => None,
                };
                found.map_or(Settings::new(), |method| {
                    of_route(method.api_key_required, method.authorization_type.as_str())
                })
            }
            ["authorizers", id] => {
                let key = scope.authorizer(State::Draft, id);
                let found: Option<Authorizer> = store::find(self.view, &key).await?;
                found.map_or(Settings::new(), |authorizer| {
                    of_authorizer(authorizer.kind.0.as_str(), authorizer.uri)
                })
            }
            _ => Settings::new(),
        };
        Ok((tags, settings))
    }

    async fn in_api(&self, id: &str, within: &[&str]) -> Result<(Texts, Settings), kv::Error> {
        let shelf = self.scope(id).shelf();
        let Some(api) = self.kept::<v2::Api>(id).await? else {
            return Ok((Texts::new(), Settings::new()));
        };
        let mut tags = api.tags.clone();
        let settings = match within {
            [] => vec![
                ("ApiName", Some(api.name)),
                (
                    "DisableExecuteApiEndpoint",
                    Some(api.disable_execute_api_endpoint.to_string()),
                ),
            ],
            ["stages", name, rest @ ..] => {
                let stage: Option<v2::Stage> = shelf.find(self.view, name).await?;
                tags.extend(stage.as_ref().map(|s| s.tags.clone()).unwrap_or_default());
                let log = stage.filter(|_| rest.is_empty()).and_then(|s| s.access_log);
                log.map_or(Settings::new(), |log| {
                    of_log(log.destination_arn, log.format)
                })
            }
            ["routes", route] => {
                let found: Option<v2::Route> = shelf.find(self.view, route).await?;
                found.map_or(Settings::new(), |route| {
                    of_route(route.api_key_required, route.authorization.0.as_str())
                })
            }
            ["authorizers", id] => {
                let found: Option<v2::Authorizer> = shelf.find(self.view, id).await?;
                found.map_or(Settings::new(), |authorizer| {
                    of_authorizer(authorizer.kind.0.as_str(), authorizer.uri)
                })
            }
            _ => Settings::new(),
        };
        Ok((tags, settings))
    }
}

fn of_rest_api(api: &RestApi) -> Settings {
    vec![
        ("ApiName", Some(api.name.clone())),
        (
            "EndpointType",
            Some(api.endpoint.kind.0.as_str().to_owned()),
        ),
        (
            "DisableExecuteApiEndpoint",
            Some(api.disable_execute_api_endpoint.to_string()),
        ),
    ]
}

fn of_log(destination: Option<String>, format: Option<String>) -> Settings {
    vec![
        ("AccessLoggingDestination", destination),
        ("AccessLoggingFormat", format),
    ]
}

fn of_route(api_key_required: bool, authorization: &str) -> Settings {
    vec![
        ("ApiKeyRequired", Some(api_key_required.to_string())),
        ("RouteAuthorizationType", Some(authorization.to_owned())),
    ]
}

fn of_authorizer(kind: &str, uri: Option<String>) -> Settings {
    vec![
        ("AuthorizerType", Some(kind.to_owned())),
        ("AuthorizerUri", uri),
    ]
}

fn of_domain(domain: &DomainName) -> Settings {
    let truststore = domain.truststore.as_ref();
    vec![
        (
            "EndpointType",
            Some(domain.endpoint.kind.0.as_str().to_owned()),
        ),
        (
            "SecurityPolicy",
            Some(domain.security_policy.0.as_str().to_owned()),
        ),
        (
            "MtlsTrustStoreUri",
            truststore.and_then(|store| store.uri.clone()),
        ),
        (
            "MtlsTrustStoreVersion",
            truststore.and_then(|store| store.version.clone()),
        ),
    ]
}
