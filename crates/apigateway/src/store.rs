//! Reading and writing records, in a transaction or in a view.

use crate::error::{Error, Missing};
use crate::keys::{self, Part, Scope, State};
use crate::record::{
    ApiHome, Authorizer, Definition, Deployment, GatewayResponse, HttpMethod, Method, Model,
    RequestValidator, Resource, RestApi, Stage,
};
use base::{AccountId, Region};
use bytes::Bytes;
use kv::key::KeyReader;
use kv::{KeyRange, Order, Scan, Snapshot, Space, Txn, record};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::future::Future;

/// Something that can be read: a transaction or a snapshot.
pub trait View: Send + Sync {
    fn value(&self, key: &[u8]) -> impl Future<Output = Result<Option<Bytes>, kv::Error>> + Send;

    fn walk(&self, range: KeyRange) -> Scan;
}

impl View for Txn {
    async fn value(&self, key: &[u8]) -> Result<Option<Bytes>, kv::Error> {
        self.get(key).await
    }

    fn walk(&self, range: KeyRange) -> Scan {
        self.scan(range, Order::Ascending)
    }
}

impl View for Snapshot {
    async fn value(&self, key: &[u8]) -> Result<Option<Bytes>, kv::Error> {
        self.get(key).await
    }

    fn walk(&self, range: KeyRange) -> Scan {
        self.scan(range, Order::Ascending)
    }
}

/// The record under a key.
pub async fn find<T: DeserializeOwned>(
    view: &impl View,
    key: &[u8],
) -> Result<Option<T>, kv::Error> {
    view.value(key)
        .await?
        .map(|bytes| record::decode(&bytes))
        .transpose()
}

/// All records of a range, in the order of their keys.
pub async fn list<T: DeserializeOwned>(
    view: &impl View,
    range: KeyRange,
) -> Result<Vec<T>, kv::Error> {
    let mut records = Vec::new();
    let mut scan = view.walk(range);
    while let Some((_, value)) = scan.next().await? {
        records.push(record::decode(&value)?);
    }
    Ok(records)
}

/// Deletes everything in a range.
pub async fn clear(txn: &Txn, range: KeyRange) -> Result<(), kv::Error> {
    let mut scan = txn.walk(range);
    let mut keys = Vec::new();
    while let Some((key, _)) = scan.next().await? {
        keys.push(key);
    }
    for key in keys {
        txn.delete(key);
    }
    Ok(())
}

/// Where the API of this id lives, whoever asks.
pub async fn home(view: &impl View, api_id: &str) -> Result<Option<Scope>, kv::Error> {
    let home: Option<ApiHome> = find(view, &keys::home(api_id)).await?;
    Ok(home.and_then(|home| {
        let account: AccountId = home.account.parse().ok()?;
        let region: Region = home.region.parse().ok()?;
        Some(Scope {
            account,
            region,
            api_id: api_id.to_owned(),
        })
    }))
}

/// All APIs of an account in a region, oldest first.
pub async fn rest_apis(
    view: &impl View,
    account: AccountId,
    region: &Region,
) -> Result<Vec<RestApi>, kv::Error> {
    let mut apis: Vec<RestApi> = list(view, keys::apis(account, region)).await?;
    apis.sort_by(|a, b| (a.created_ms, &a.id).cmp(&(b.created_ms, &b.id)));
    Ok(apis)
}

impl Scope {
    pub async fn load_api(&self, view: &impl View) -> Result<RestApi, Error> {
        let api = find(view, &self.api()).await?;
        let missing = || Missing::Api {
            account: self.account,
            id: self.api_id.clone(),
        };
        Ok(api.ok_or_else(missing)?)
    }

    pub async fn load_resource(&self, view: &impl View, id: &str) -> Result<Resource, Error> {
        Ok(find(view, &self.resource(State::Draft, id))
            .await?
            .ok_or(Missing::Resource)?)
    }

    /// All resources by id.
    pub async fn load_resources(
        &self,
        view: &impl View,
    ) -> Result<BTreeMap<String, Resource>, Error> {
        let resources: Vec<Resource> = list(view, self.resources(State::Draft)).await?;
        Ok(resources
            .into_iter()
            .map(|resource| (resource.id.clone(), resource))
            .collect())
    }

    /// The methods of one resource.
    pub async fn load_methods_of(
        &self,
        view: &impl View,
        resource_id: &str,
    ) -> Result<BTreeMap<HttpMethod, Method>, Error> {
        let methods = scan_methods(view, self.methods_of(State::Draft, resource_id)).await?;
        Ok(methods
            .into_iter()
            .map(|((_, verb), method)| (verb, method))
            .collect())
    }

    /// All methods by resource id and verb.
    pub async fn load_methods(
        &self,
        view: &impl View,
    ) -> Result<BTreeMap<(String, HttpMethod), Method>, Error> {
        Ok(scan_methods(view, self.methods(State::Draft)).await?)
    }

    /// A method; the resource is looked for first.
    pub async fn load_method(
        &self,
        view: &impl View,
        resource_id: &str,
        http_method: &str,
    ) -> Result<(HttpMethod, Method), Error> {
        self.load_resource(view, resource_id).await?;
        let verb: HttpMethod = http_method.parse().map_err(|_| Missing::Method)?;
        let method = find(view, &self.method(State::Draft, resource_id, verb)).await?;
        Ok((verb, method.ok_or(Missing::Method)?))
    }

    pub async fn load_model(&self, view: &impl View, name: &str) -> Result<Model, Error> {
        let model = find(view, &self.model(State::Draft, name)).await?;
        Ok(model.ok_or_else(|| Missing::Model(name.to_owned()))?)
    }

    pub async fn load_validator(
        &self,
        view: &impl View,
        id: &str,
    ) -> Result<RequestValidator, Error> {
        Ok(find(view, &self.validator(State::Draft, id))
            .await?
            .ok_or(Missing::Validator)?)
    }

    pub async fn load_authorizer(&self, view: &impl View, id: &str) -> Result<Authorizer, Error> {
        Ok(find(view, &self.authorizer(State::Draft, id))
            .await?
            .ok_or(Missing::Authorizer)?)
    }

    pub fn save_authorizer(&self, txn: &Txn, authorizer: &Authorizer) {
        txn.put(
            self.authorizer(State::Draft, &authorizer.id),
            record::encode(authorizer),
        );
    }

    pub async fn load_deployment(&self, view: &impl View, id: &str) -> Result<Deployment, Error> {
        Ok(find(view, &self.deployment(id))
            .await?
            .ok_or(Missing::Deployment)?)
    }

    pub async fn load_stage(&self, view: &impl View, name: &str) -> Result<Stage, Error> {
        Ok(find(view, &self.stage(name)).await?.ok_or(Missing::Stage)?)
    }

    pub fn save_api(&self, txn: &Txn, api: &RestApi) {
        txn.put(self.api(), record::encode(api));
    }

    pub fn save_resource(&self, txn: &Txn, resource: &Resource) {
        txn.put(
            self.resource(State::Draft, &resource.id),
            record::encode(resource),
        );
    }

    pub fn save_method(&self, txn: &Txn, resource_id: &str, verb: HttpMethod, method: &Method) {
        txn.put(
            self.method(State::Draft, resource_id, verb),
            record::encode(method),
        );
    }

    pub fn save_model(&self, txn: &Txn, model: &Model) {
        txn.put(self.model(State::Draft, &model.name), record::encode(model));
    }

    pub fn save_validator(&self, txn: &Txn, validator: &RequestValidator) {
        txn.put(
            self.validator(State::Draft, &validator.id),
            record::encode(validator),
        );
    }

    pub fn save_gateway_response(&self, txn: &Txn, kind: &str, response: &GatewayResponse) {
        txn.put(
            self.gateway_response(State::Draft, kind),
            record::encode(response),
        );
    }

    pub fn save_deployment(&self, txn: &Txn, deployment: &Deployment) {
        txn.put(self.deployment(&deployment.id), record::encode(deployment));
    }

    pub fn save_stage(&self, txn: &Txn, stage: &Stage) {
        txn.put(self.stage(&stage.name), record::encode(stage));
    }

    /// The whole API in one of its states; none if the deployment does not exist.
    pub async fn load_definition(
        &self,
        view: &impl View,
        state: State<'_>,
    ) -> Result<Option<Definition>, kv::Error> {
        let api = match state {
            State::Draft => find(view, &self.api()).await?,
            State::Deployed(id) => find(view, &self.kept_api(id)).await?,
        };
        let Some(api) = api else { return Ok(None) };
        let mut definition = Definition {
            api,
            resources: BTreeMap::new(),
            methods: BTreeMap::new(),
            models: BTreeMap::new(),
            validators: BTreeMap::new(),
            gateway_responses: BTreeMap::new(),
            authorizers: BTreeMap::new(),
        };
        let mut scan = view.walk(self.parts(state));
        while let Some((key, value)) = scan.next().await? {
            definition.add(&key, &value)?;
        }
        Ok(Some(definition))
    }

    /// Keeps the draft as a deployment: every part is copied as it is.
    pub async fn keep(&self, txn: &Txn, deployment_id: &str) -> Result<(), Error> {
        let api = self.load_api(txn).await?;
        txn.put(self.kept_api(deployment_id), record::encode(&api));
        self.copy_parts(txn, State::Draft, self, State::Deployed(deployment_id))
            .await?;
        Ok(())
    }

    /// Copies every part of a state to a state of the same API or of another one.
    pub async fn copy_parts(
        &self,
        txn: &Txn,
        state: State<'_>,
        target: &Scope,
        target_state: State<'_>,
    ) -> Result<(), kv::Error> {
        let range = self.parts(state);
        let length = range.start.len();
        let prefix = target.parts(target_state).start;
        let mut scan = txn.walk(range);
        let mut copies = Vec::new();
        while let Some((key, value)) = scan.next().await? {
            let mut copy = prefix.to_vec();
            copy.extend_from_slice(key.get(length..).unwrap_or_default());
            copies.push((copy, value));
        }
        for (key, value) in copies {
            txn.put(key, value);
        }
        Ok(())
    }
}

/// Takes the end of a part's key apart.
fn part_key(key: &[u8]) -> Result<(Part, KeyReader<'_>), kv::Error> {
    let mut reader = KeyReader::new(Space::ApiGateway, key)?;
    reader.literal("part")?;
    reader.account()?;
    for _ in ["region", "api", "state"] {
        reader.text()?;
    }
    let kind = reader.byte()?;
    let kind = Part::from_byte(kind).ok_or_else(|| damage("a part of an API of unknown kind"))?;
    Ok((kind, reader))
}

fn damage(what: &'static str) -> kv::Error {
    kv::Error::Corrupt(kv::Cause::new(what))
}

fn method_key(mut reader: KeyReader<'_>) -> Result<(String, HttpMethod), kv::Error> {
    let resource_id = reader.text()?;
    let verb = reader
        .text()?
        .parse()
        .map_err(|_| damage("a method under an unknown verb"))?;
    Ok((resource_id, verb))
}

async fn scan_methods(
    view: &impl View,
    range: KeyRange,
) -> Result<BTreeMap<(String, HttpMethod), Method>, kv::Error> {
    let mut methods = BTreeMap::new();
    let mut scan = view.walk(range);
    while let Some((key, value)) = scan.next().await? {
        let (_, rest) = part_key(&key)?;
        methods.insert(method_key(rest)?, record::decode(&value)?);
    }
    Ok(methods)
}

impl Definition {
    fn add(&mut self, key: &[u8], value: &[u8]) -> Result<(), kv::Error> {
        let (kind, mut rest) = part_key(key)?;
        match kind {
            Part::Api => {}
            Part::Resource => {
                self.resources.insert(rest.text()?, record::decode(value)?);
            }
            Part::Method => {
                self.methods
                    .insert(method_key(rest)?, record::decode(value)?);
            }
            Part::Model => {
                self.models.insert(rest.text()?, record::decode(value)?);
            }
            Part::Validator => {
                self.validators.insert(rest.text()?, record::decode(value)?);
            }
            Part::Authorizer => {
                self.authorizers
                    .insert(rest.text()?, record::decode(value)?);
            }
            Part::GatewayResponse => {
                self.gateway_responses
                    .insert(rest.text()?, record::decode(value)?);
            }
        }
        Ok(())
    }
}
