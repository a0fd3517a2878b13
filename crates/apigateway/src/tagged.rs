//! Things that can be tagged, told from their ARN.

use crate::error::{Error, Missing};
use crate::keys::Scope;
use crate::record::Texts;
use crate::store::View;
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
