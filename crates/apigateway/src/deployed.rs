//! Deployed APIs, compiled once.
//!
//! Every request reads its API's home and its stage from the store; as long as they are byte for
//! byte what they were, the compiled API is used again. A deployment never changes, so there is
//! nothing else to notice, whoever changes a stage and on whichever machine.

use crate::compiled::Api;
use crate::execute::{Ready, Request};
use crate::keys::{self, Scope, State};
use crate::record::{ApiHome, Stage};
use bytes::Bytes;
use kv::{Store, record};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// Stages that are kept ready.
const MAX_STAGES: usize = 1000;

/// Stages that have been used, by API and name.
#[derive(Debug, Default)]
pub struct Deployed {
    stages: Mutex<HashMap<(String, String), Kept>>,
}

#[derive(Debug, Clone)]
struct Kept {
    /// The records it was made of.
    home: Bytes,
    stage: Bytes,
    ready: Arc<Ready>,
}

impl Deployed {
    /// The stage a request is for; none if there is no such API or stage.
    pub async fn find(
        &self,
        store: &Store,
        request: &Request,
    ) -> Result<Option<Arc<Ready>>, kv::Error> {
        let (stage_name, _) = crate::execute::split_stage(&request.path);
        let place = (request.api_id.clone(), stage_name.to_owned());
        let Some(home) = store.get(&keys::home(&request.api_id)).await? else {
            return Ok(None);
        };
        let kept = self
            .stages
            .lock()
            .get(&place)
            .filter(|kept| kept.home == home)
            .cloned();
        let scope = match &kept {
            Some(kept) => kept.ready.scope.clone(),
            None => match scope(&home, &request.api_id)? {
                Some(scope) => scope,
                None => return Ok(None),
            },
        };
        let Some(stage) = store.get(&scope.stage(stage_name)).await? else {
            self.stages.lock().remove(&place);
            return Ok(None);
        };
        if let Some(kept) = kept.filter(|kept| kept.stage == stage) {
            return Ok(Some(kept.ready));
        }
        let Some(ready) = load(store, scope, &stage).await? else {
            return Ok(None);
        };
        let ready = Arc::new(ready);
        let mut stages = self.stages.lock();
        if stages.len() >= MAX_STAGES {
            stages.clear();
        }
        stages.insert(
            place,
            Kept {
                home,
                stage,
                ready: ready.clone(),
            },
        );
        Ok(Some(ready))
    }
}

fn scope(home: &[u8], api_id: &str) -> Result<Option<Scope>, kv::Error> {
    let home: ApiHome = record::decode(home)?;
    let (Ok(account), Ok(region)) = (home.account.parse(), home.region.parse()) else {
        return Ok(None);
    };
    Ok(Some(Scope {
        account,
        region,
        api_id: api_id.to_owned(),
    }))
}

async fn load(store: &Store, scope: Scope, stage: &[u8]) -> Result<Option<Ready>, kv::Error> {
    let stage: Stage = record::decode(stage)?;
    let view = store.snapshot();
    let state = State::Deployed(&stage.deployment_id);
    let definition = scope.load_definition(&view, state).await?;
    let canary = match &stage.canary {
        Some(canary) => {
            let state = State::Deployed(&canary.deployment_id);
            scope.load_definition(&view, state).await?
        }
        None => None,
    };
    Ok(definition.map(|definition| Ready {
        api: Arc::new(Api::new(&definition, &scope)),
        canary: canary.map(|definition| Arc::new(Api::new(&definition, &scope))),
        scope,
        stage,
    }))
}
