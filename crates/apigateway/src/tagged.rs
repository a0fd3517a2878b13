//! Things that can be tagged, told from their ARN.

use crate::Gateway;
use crate::error::{Error, Missing};
use crate::keys::Scope;
use crate::record::{ApiKey, RestApi, Stage, Texts, UsagePlan};
use crate::shelf::Shelf;
use crate::store::{self, View};
use kv::Txn;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use service::Caller;

/// `arn:aws:apigateway:REGION::/restapis/ID` or `.../stages/NAME`, of the caller.
#[derive(Debug)]
pub struct Tagged {
    scope: Scope,
    stage: Option<String>,
}

/// The ARN as it stands in the path of a request to `/tags/ARN`.
pub fn path(arn: &str) -> String {
    utf8_percent_encode(arn, NON_ALPHANUMERIC).to_string()
}

/// The tags of what an ARN names: those of an API count for everything in it, those of a stage
/// for the stage.
pub async fn tags_of(gateway: &Gateway, caller: &Caller, arn: &str) -> Result<Texts, kv::Error> {
    let view = gateway.store.snapshot();
    let shelf = Shelf::of(caller);
    let path = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let path: Vec<&str> = path.split('/').skip(1).collect();
    Ok(match path.as_slice() {
        ["restapis", id, within @ ..] => of_api(&view, caller, id, within).await?,
        ["usageplans", id, ..] => {
            let plan: Option<UsagePlan> = shelf.find(&view, id).await?;
            plan.map(|plan| plan.tags).unwrap_or_default()
        }
        ["apikeys", id, ..] => {
            let key: Option<ApiKey> = shelf.find(&view, id).await?;
            key.map(|key| key.tags).unwrap_or_default()
        }
        _ => Texts::new(),
    })
}

async fn of_api(
    view: &impl View,
    caller: &Caller,
    id: &str,
    within: &[&str],
) -> Result<Texts, kv::Error> {
    let scope = Scope {
        account: caller.account,
        region: caller.region.clone(),
        api_id: id.to_owned(),
    };
    let api: Option<RestApi> = store::find(view, &scope.api()).await?;
    let mut tags = api.map(|api| api.tags).unwrap_or_default();
    if let ["stages", name, ..] = within {
        let stage: Option<Stage> = store::find(view, &scope.stage(name)).await?;
        tags.extend(stage.map(|stage| stage.tags).unwrap_or_default());
    }
    Ok(tags)
}

impl Tagged {
    /// # Errors
    /// [`Missing::TaggedResource`] for anything else.
    pub fn parse(arn: &str, caller: &Caller) -> Result<Tagged, Error> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", _, "apigateway", region, "", resource] = parts.as_slice() else {
            return Err(Missing::TaggedResource.into());
        };
        let path: Vec<&str> = resource.split('/').collect();
        let (api_id, stage) = match path.as_slice() {
            ["", "restapis", id] => (*id, None),
            ["", "restapis", id, "stages", name] => (*id, Some((*name).to_owned())),
            _ => return Err(Missing::TaggedResource.into()),
        };
        let region = region.parse().map_err(|_| Missing::TaggedResource)?;
        let scope = Scope {
            account: caller.account,
            region,
            api_id: api_id.to_owned(),
        };
        Ok(Tagged { scope, stage })
    }

    pub async fn tags(&self, view: &impl View) -> Result<Texts, Error> {
        Ok(match &self.stage {
            None => self.scope.load_api(view).await?.tags,
            Some(name) => self.scope.load_stage(view, name).await?.tags,
        })
    }

    pub async fn change(&self, txn: &Txn, change: impl FnOnce(&mut Texts)) -> Result<(), Error> {
        match &self.stage {
            None => {
                let mut api = self.scope.load_api(txn).await?;
                change(&mut api.tags);
                self.scope.save_api(txn, &api);
            }
            Some(name) => {
                let mut stage = self.scope.load_stage(txn, name).await?;
                change(&mut stage.tags);
                self.scope.save_stage(txn, &stage);
            }
        }
        Ok(())
    }
}
