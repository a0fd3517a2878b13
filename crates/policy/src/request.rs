//! What is to be decided.

use crate::context::Context;
use crate::index::reversed;
use crate::principal::{Principal, regional_name};
use base::AccountId;

/// One principal wants to do one action to one resource.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub(crate) principal: &'a Principal,
    /// As the service spells it, for messages.
    pub(crate) action: &'a str,
    /// Without case, for matching.
    pub(crate) folded_action: String,
    pub(crate) resource: &'a str,
    /// The bytes of the resource, last first, as policies' indexes are asked for it.
    pub(crate) reversed_resource: Vec<u8>,
    pub(crate) context: Context<'a>,
    /// Whose the resource is.
    owner: Option<AccountId>,
}

impl<'a> Request<'a> {
    /// A request for `action` (`service:Operation`, any case) on `resource`, which is an ARN, or
    /// `*` for actions that have no resource.
    ///
    /// The context keys that follow from the principal are added here, in place of what
    /// `context` says of them; what follows from the connection, the clock and the stored tags
    /// is the caller's to bring.
    pub fn new(
        principal: &'a Principal,
        action: &'a str,
        resource: &'a str,
        mut context: Context<'a>,
    ) -> Request<'a> {
        add_principal_keys(&mut context, principal);
        let request = Request::bare(principal, action, resource, context);
        request.with_owner_key()
    }

    /// A request whose context is exactly what is given, for simulations. The resource belongs to
    /// `owner`, or else to the principal's account.
    pub fn simulated(
        principal: &'a Principal,
        action: &'a str,
        resource: &'a str,
        context: Context<'a>,
        owner: Option<AccountId>,
    ) -> Request<'a> {
        let owner = owner.or_else(|| principal.account());
        let request = Request::bare(principal, action, resource, context);
        Request { owner, ..request }
    }

    fn with_owner_key(mut self) -> Request<'a> {
        if let Some(account) = self.owner {
            let account = account.as_str().to_owned();
            self.context.insert("aws:ResourceAccount", account);
        }
        self
    }

    fn bare(
        principal: &'a Principal,
        action: &'a str,
        resource: &'a str,
        context: Context<'a>,
    ) -> Request<'a> {
        Request {
            owner: account_of(resource).or_else(|| principal.account()),
            principal,
            action,
            folded_action: action.to_ascii_lowercase(),
            reversed_resource: reversed(resource),
            resource,
            context,
        }
    }

    pub fn principal(&self) -> &'a Principal {
        self.principal
    }

    pub fn action(&self) -> &'a str {
        self.action
    }

    pub fn resource(&self) -> &'a str {
        self.resource
    }

    pub fn context(&self) -> &Context<'a> {
        &self.context
    }

    /// The account that owns the resource. ARNs without one, and `*`, are taken to be the
    /// principal's own.
    pub(crate) fn resource_account(&self) -> Option<AccountId> {
        self.owner
    }
}

/// The account in an ARN, if it has one.
fn account_of(resource: &str) -> Option<AccountId> {
    resource.split(':').nth(4)?.parse().ok()
}

/// The global condition keys that are properties of the principal.
pub fn principal_keys(principal: &Principal) -> Context<'_> {
    let mut context = Context::new();
    add_principal_keys(&mut context, principal);
    context
}

/// The global condition keys that are properties of the principal, as AWS documents them in
/// "AWS global condition context keys".
fn add_principal_keys<'a>(context: &mut Context<'a>, principal: &'a Principal) {
    if let Some(arn) = principal.identity_arn() {
        context.insert("aws:PrincipalArn", arn);
    }
    if let Some(account) = principal.account() {
        context.insert("aws:PrincipalAccount", account.as_str().to_owned());
    }
    if let Some(id) = principal.user_id() {
        context.insert("aws:userid", id);
    }
    let (kind, service) = match principal {
        Principal::Root { .. } => (Some("Account"), None),
        Principal::User { .. } => (Some("User"), None),
        Principal::AssumedRole { .. } => (Some("AssumedRole"), None),
        Principal::FederatedUser { .. } => (Some("FederatedUser"), None),
        Principal::WebIdentity { .. } => (Some("WebIdentityUser"), None),
        Principal::Service { name, region } => (None, Some((name, region))),
        Principal::Anonymous => (Some("Anonymous"), None),
    };
    if let Some(kind) = kind {
        context.insert("aws:PrincipalType", kind);
    }
    context.insert("aws:PrincipalIsAWSService", service.is_some());
    if let Some((name, region)) = service {
        context.insert("aws:PrincipalServiceName", name.as_str());
        let regional = regional_name(name, region.as_deref());
        let names = [Some(name.clone()), regional].into_iter().flatten();
        context.insert_all("aws:PrincipalServiceNamesList", names);
    }
    if let Principal::User { name, .. } = principal {
        context.insert("aws:username", name.as_str());
    }
}
