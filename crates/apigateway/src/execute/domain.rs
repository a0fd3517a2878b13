//! Requests to users' own domain names: a base path of the domain says which API and stage they
//! are for.

use super::{Mapped, Request, Response};
use crate::Gateway;
use crate::keys;
use crate::record::{ApiHome, BasePathMapping};
use crate::shelf::Shelf;
use crate::store::{self, View};

/// How the mapping of the domain's root is called.
pub const ROOT: &str = "(none)";

impl Gateway {
    /// Whether a host, without its port, is a domain name that somebody has created.
    pub async fn serves_domain(&self, host: &str) -> bool {
        match mappings_of(&self.store.snapshot(), host).await {
            Ok(found) => found.is_some(),
            Err(error) => {
                tracing::error!(host, %error, "a domain name cannot be looked up");
                false
            }
        }
    }

    /// Whether there is an API with an id, of any kind.
    pub async fn has_api(&self, id: &str) -> bool {
        match store::home(&self.store.snapshot(), id).await {
            Ok(home) => home.is_some(),
            Err(error) => {
                tracing::error!(api = id, %error, "an API cannot be looked up");
                false
            }
        }
    }

    /// Executes a request whose host is a domain name; its path starts with a base path, and its
    /// API's id is still unknown.
    pub async fn execute_on_domain(&self, request: Request) -> Response {
        let host = request.host.to_ascii_lowercase();
        let name = host.split(':').next().unwrap_or_default();
        match mappings_of(&self.store.snapshot(), name).await {
            Ok(mappings) => match mapped(request, &mappings.unwrap_or_default()) {
                Some(request) => self.execute(request).await,
                None => self.forbidden(),
            },
            Err(error) => {
                tracing::error!(host, %error, "a domain name cannot be looked up");
                self.unavailable()
            }
        }
    }
}

/// The mappings of a domain name, or of the wildcard over it.
async fn mappings_of(
    view: &impl View,
    name: &str,
) -> Result<Option<Vec<BasePathMapping>>, kv::Error> {
    let wildcard = name.split_once('.').map(|(_, rest)| format!("*.{rest}"));
    for name in [Some(name.to_owned()), wildcard].into_iter().flatten() {
        let home: Option<ApiHome> = store::find(view, &keys::domain_home(&name)).await?;
        let home = home.and_then(|home| home.account.parse().ok().zip(home.region.parse().ok()));
        if let Some((account, region)) = home {
            let mappings = Shelf::at(account, &region).within(&name);
            return mappings.all(view).await.map(Some);
        }
    }
    Ok(None)
}

/// The request as it is to be executed: the longest base path that its path starts with decides. A
/// mapping without a stage leaves it to the path to name one.
fn mapped(mut request: Request, mappings: &[BasePathMapping]) -> Option<Request> {
    let path = request.path.trim_start_matches('/');
    let fits = |mapping: &&BasePathMapping| rest_after(path, base_path(mapping)).is_some();
    let mapping = mappings
        .iter()
        .filter(fits)
        .max_by_key(|mapping| base_path(mapping).len())?;
    let rest = rest_after(path, base_path(mapping))?;
    let path = match &mapping.stage {
        Some(stage) => format!("/{stage}{rest}"),
        None => rest,
    };
    request.api_id.clone_from(&mapping.api_id);
    request.mapped = Some(Mapped {
        base_path: base_path(mapping).to_owned(),
        path: std::mem::replace(&mut request.path, path),
    });
    Some(request)
}

fn base_path(mapping: &BasePathMapping) -> &str {
    match mapping.base_path.as_str() {
        ROOT => "",
        path => path,
    }
}

/// What follows a base path, with a slash in front or empty; none if it is another one.
fn rest_after(path: &str, base_path: &str) -> Option<String> {
    if base_path.is_empty() {
        return Some(format!("/{path}"));
    }
    let rest = path.strip_prefix(base_path)?;
    (rest.is_empty() || rest.starts_with('/')).then(|| rest.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_paths() {
        assert_eq!(rest_after("a/b", "").as_deref(), Some("/a/b"));
        assert_eq!(rest_after("a/b", "a").as_deref(), Some("/b"));
        assert_eq!(rest_after("a", "a").as_deref(), Some(""));
        assert_eq!(rest_after("ab", "a"), None);
        assert_eq!(rest_after("v1/a/b", "v1/a").as_deref(), Some("/b"));
    }
}
