//! Things that can be tagged, told from their ARN.

use crate::error::{Error, Missing};
use crate::keys::Scope;
use crate::record::{ApiKey, ClientCertificate, DomainName, Texts, UsagePlan, VpcLink};
use crate::shelf::{Kept, Shelf};
use crate::store::View;
use kv::Txn;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use service::Caller;

/// `arn:aws:apigateway:REGION::/restapis/ID` and the like, of the caller (API Gateway developer
/// guide, "API Gateway resources that can be tagged").
#[derive(Debug)]
pub enum Tagged {
    Api(Scope),
    Stage(Scope, String),
    ApiKey(Shelf, String),
    ClientCertificate(Shelf, String),
    DomainName(Shelf, String),
    UsagePlan(Shelf, String),
    VpcLink(Shelf, String),
}

/// A record on a shelf that has tags.
trait HasTags: Kept {
    fn tags(&mut self) -> &mut Texts;
}

macro_rules! has_tags {
    ($($record:ident)*) => { $(
        impl HasTags for $record {
            fn tags(&mut self) -> &mut Texts {
                &mut self.tags
            }
        }
    )* };
}

has_tags! { ApiKey ClientCertificate DomainName UsagePlan VpcLink }

/// What is escaped in a path's segment: all but unreserved characters.
const IN_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The ARN as it stands in the path of a request to `/tags/ARN`.
pub fn path(arn: &str) -> String {
    utf8_percent_encode(arn, IN_SEGMENT).to_string()
}

impl Tagged {
    /// # Errors
    /// [`Missing::TaggedResource`] for anything else.
    pub fn parse(arn: &str, caller: &Caller) -> Result<Tagged, Error> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", _, "apigateway", region, "", resource] = parts.as_slice() else {
            return Err(Missing::TaggedResource.into());
        };
        let region = region.parse().map_err(|_| Missing::TaggedResource)?;
        let shelf = Shelf::at(caller.account, &region);
        let scope = |id: &str| Scope {
            account: caller.account,
            region: region.clone(),
            api_id: id.to_owned(),
        };
        let path: Vec<&str> = resource.split('/').collect();
        Ok(match path.as_slice() {
            ["", "restapis", id] => Tagged::Api(scope(id)),
            ["", "restapis", id, "stages", name] => Tagged::Stage(scope(id), (*name).to_owned()),
            ["", "apikeys", id] => Tagged::ApiKey(shelf, (*id).to_owned()),
            ["", "clientcertificates", id] => Tagged::ClientCertificate(shelf, (*id).to_owned()),
            ["", "domainnames", name] => Tagged::DomainName(shelf, (*name).to_owned()),
            ["", "usageplans", id] => Tagged::UsagePlan(shelf, (*id).to_owned()),
            ["", "vpclinks", id] => Tagged::VpcLink(shelf, (*id).to_owned()),
            _ => return Err(Missing::TaggedResource.into()),
        })
    }

    pub async fn tags(&self, view: &impl View) -> Result<Texts, Error> {
        match self {
            Tagged::Api(scope) => Ok(scope.load_api(view).await?.tags),
            Tagged::Stage(scope, name) => Ok(scope.load_stage(view, name).await?.tags),
            Tagged::ApiKey(shelf, id) => tags::<ApiKey>(shelf, view, id).await,
            Tagged::ClientCertificate(shelf, id) => {
                tags::<ClientCertificate>(shelf, view, id).await
            }
            Tagged::DomainName(shelf, name) => tags::<DomainName>(shelf, view, name).await,
            Tagged::UsagePlan(shelf, id) => tags::<UsagePlan>(shelf, view, id).await,
            Tagged::VpcLink(shelf, id) => tags::<VpcLink>(shelf, view, id).await,
        }
    }

    pub async fn change(&self, txn: &Txn, change: impl FnOnce(&mut Texts)) -> Result<(), Error> {
        match self {
            Tagged::Api(scope) => {
                let mut api = scope.load_api(txn).await?;
                change(&mut api.tags);
                scope.save_api(txn, &api);
                Ok(())
            }
            Tagged::Stage(scope, name) => {
                let mut stage = scope.load_stage(txn, name).await?;
                change(&mut stage.tags);
                scope.save_stage(txn, &stage);
                Ok(())
            }
            Tagged::ApiKey(shelf, id) => change_in::<ApiKey>(shelf, txn, id, change).await,
            Tagged::ClientCertificate(shelf, id) => {
                change_in::<ClientCertificate>(shelf, txn, id, change).await
            }
            Tagged::DomainName(shelf, name) => {
                change_in::<DomainName>(shelf, txn, name, change).await
            }
            Tagged::UsagePlan(shelf, id) => change_in::<UsagePlan>(shelf, txn, id, change).await,
            Tagged::VpcLink(shelf, id) => change_in::<VpcLink>(shelf, txn, id, change).await,
        }
    }
}

async fn tags<T: HasTags>(shelf: &Shelf, view: &impl View, id: &str) -> Result<Texts, Error> {
    let mut record: T = shelf.load(view, id).await?;
    Ok(std::mem::take(record.tags()))
}

async fn change_in<T: HasTags>(
    shelf: &Shelf,
    txn: &Txn,
    id: &str,
    change: impl FnOnce(&mut Texts),
) -> Result<(), Error> {
    let mut record: T = shelf.load(txn, id).await?;
    change(record.tags());
    shelf.save(txn, &record);
    Ok(())
}
