//! Tags of APIs, stages, domain names and VPC links, told from their ARNs.

use super::parts;
use super::record::{Api, Stage, VpcLink};
use super::{require, shapes};
use crate::error::{Error, Missing};
use crate::keys::Scope;
use crate::record::DomainName;
use crate::record::Texts;
use crate::shelf::Shelf;
use crate::store::View;
use crate::tagged;
use crate::{Gateway, operations};
use kv::Txn;
use service::{Caller, Handler, Operate, Permit, Requirement};

pub(super) fn handlers() -> Vec<Handler<Gateway>> {
    vec![
        Handler::of::<shapes::GetTagsInput>(),
        Handler::of::<shapes::TagResourceInput>(),
        Handler::of::<shapes::UntagResourceInput>(),
    ]
}

/// Something that has tags: `arn:aws:apigateway:REGION::/apis/ID` and the like, of the caller.
enum Tagged {
    Api(Scope),
    Stage(Scope, String),
    DomainName(Shelf, String),
    VpcLink(Shelf, String),
}

impl Tagged {
    /// # Errors
    /// [`Missing::TaggedResource`] for anything else.
    fn parse(arn: &str, permit: &Permit) -> Result<Tagged, Error> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", _, "apigateway", region, "", resource] = parts.as_slice() else {
            return Err(Missing::TaggedResource.into());
        };
        let region = region.parse().map_err(|_| Missing::TaggedResource)?;
        let account = permit.caller().account;
        let shelf = Shelf::at(account, &region);
        let scope = |id: &str| Scope {
            account,
            region: region.clone(),
            api_id: id.to_owned(),
        };
        let path: Vec<&str> = resource.split('/').collect();
        Ok(match path.as_slice() {
            ["", "apis", id] => Tagged::Api(scope(id)),
            ["", "apis", id, "stages", name] => Tagged::Stage(scope(id), (*name).to_owned()),
            ["", "domainnames", name] => Tagged::DomainName(shelf, (*name).to_owned()),
            ["", "vpclinks", id] => Tagged::VpcLink(shelf, (*id).to_owned()),
            _ => return Err(Missing::TaggedResource.into()),
        })
    }

    async fn tags(&self, view: &impl View) -> Result<Texts, Error> {
        Ok(match self {
            Tagged::Api(scope) => parts::api(scope, view).await?.tags,
            Tagged::Stage(scope, name) => {
                let stage: Stage = scope.shelf().load(view, name).await?;
                stage.tags
            }
            Tagged::DomainName(shelf, name) => shelf.load::<DomainName>(view, name).await?.tags,
            Tagged::VpcLink(shelf, id) => shelf.load::<VpcLink>(view, id).await?.tags,
        })
    }

    async fn change(&self, txn: &Txn, change: impl FnOnce(&mut Texts)) -> Result<(), Error> {
        match self {
            Tagged::Api(scope) => {
                let mut api: Api = parts::api(scope, txn).await?;
                change(&mut api.tags);
                Shelf::at(scope.account, &scope.region).save(txn, &api);
            }
            Tagged::Stage(scope, name) => {
                let mut stage: Stage = scope.shelf().load(txn, name).await?;
                change(&mut stage.tags);
                scope.shelf().save(txn, &stage);
            }
            Tagged::DomainName(shelf, name) => {
                let mut domain: DomainName = shelf.load(txn, name).await?;
                change(&mut domain.tags);
                shelf.save(txn, &domain);
            }
            Tagged::VpcLink(shelf, id) => {
                let mut link: VpcLink = shelf.load(txn, id).await?;
                change(&mut link.tags);
                shelf.save(txn, &link);
            }
        }
        Ok(())
    }
}

fn requirements(caller: &Caller, verb: &str, arn: &str) -> Vec<Requirement> {
    require(caller, verb, &["tags", &tagged::path(arn)])
}

impl Operate<Gateway> for shapes::GetTagsInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(requirements(caller, "GET", &self.resource_arn))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::GetTagsOutput, Error> {
        let resource = Tagged::parse(&self.resource_arn, permit)?;
        let tags = resource.tags(&gateway.store.snapshot()).await?;
        Ok(shapes::GetTagsOutput { tags: Some(tags) })
    }
}

impl Operate<Gateway> for shapes::TagResourceInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["tags", &tagged::path(&self.resource_arn)];
        let tags = self.tags.as_ref();
        Ok(operations::require_tagged(caller, "POST", &path, tags))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::TagResourceOutput, Error> {
        let resource = &Tagged::parse(&self.resource_arn, permit)?;
        let tags = &self.tags.unwrap_or_default();
        let add = |txn: Txn| async move {
            let add = |there: &mut Texts| there.extend(tags.clone());
            resource.change(&txn, add).await
        };
        gateway.store.transact(add).await?;
        Ok(shapes::TagResourceOutput {})
    }
}

impl Operate<Gateway> for shapes::UntagResourceInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let untag = requirements(caller, "DELETE", &self.resource_arn).into_iter();
        Ok(untag
            .map(|requirement| requirement.with("aws:TagKeys", &self.tag_keys))
            .collect())
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let resource = &Tagged::parse(&self.resource_arn, permit)?;
        let keys = &self.tag_keys;
        let remove = |txn: Txn| async move {
            let remove = |there: &mut Texts| there.retain(|key, _| !keys.contains(key));
            resource.change(&txn, remove).await
        };
        gateway.store.transact(remove).await
    }
}
