//! What domain names lead to an API: it stays as long as they do.

use crate::error::{Bad, Error};
use crate::keys::Scope;
use crate::record::{BasePathMapping, DomainName};
use crate::shelf::Shelf;
use crate::store::View;

/// The domain names of which a mapping leads to the API, and is one of these.
pub async fn leading_to(
    scope: &Scope,
    view: &impl View,
    counts: impl Fn(&BasePathMapping) -> bool,
) -> Result<Vec<String>, Error> {
    let shelf = Shelf::at(scope.account, &scope.region);
    let domains: Vec<DomainName> = shelf.all(view).await?;
    let mut mapped = Vec::new();
    for domain in domains {
        let mappings: Vec<BasePathMapping> = shelf.within(&domain.name).all(view).await?;
        let leads = |it: &BasePathMapping| it.api_id == scope.api_id && counts(it);
        if mappings.iter().any(leads) {
            mapped.push(domain.name);
        }
    }
    Ok(mapped)
}

/// Checks that no domain name leads to a stage that is to go.
///
/// # Errors
/// [`Bad::StageMapped`].
pub async fn check_stage(scope: &Scope, view: &impl View, stage: &str) -> Result<(), Error> {
    let leads_here = |mapping: &BasePathMapping| mapping.stage.as_deref() == Some(stage);
    let domains = leading_to(scope, view, leads_here).await?;
    match domains.is_empty() {
        true => Ok(()),
        false => Err(Bad::StageMapped {
            stage: stage.to_owned(),
            domains,
        }
        .into()),
    }
}
