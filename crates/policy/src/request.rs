//! What is to be decided.

use crate::context::Context;
use crate::principal::Principal;
use base::AccountId;

/// One principal wants to do one action to one resource.
#[derive(Clone, Debug)]
pub struct Request {
    pub(crate) principal: Principal,
    /// As the service spells it, for messages.
    pub(crate) action: String,
    /// Without case, for matching.
    pub(crate) folded_action: String,
    pub(crate) resource: String,
    pub(crate) context: Context,
    /// Whose the resource is.
    owner: Option<AccountId>,
}

impl Request {
    /// A request for `action` (`service:Operation`, any case) on `resource`, which is an ARN, or
    /// `*` for actions that have no resource.
    ///
    /// The context keys that follow from the principal are added here, in place of what
    /// `context` says of them; what follows from the connection, the clock and the stored tags
    /// is the caller's to bring.
    pub fn new(
        principal: Principal,
        action: &str,
        resource: &str,
        mut context: Context,
    ) -> Request {
        add_principal_keys(&mut context, &principal);
        let request = Request::bare(principal, action, resource, context);
        request.with_owner_key()
    }

    /// A request whose context is exactly what is given, for simulations. The resource belongs to
    /// `owner`, or else to the principal's account.
    pub fn simulated(
        principal: Principal,
        action: &str,
        resource: &str,
        context: Context,
        owner: Option<AccountId>,
    ) -> Request {
        let owner = owner.or_else(|| principal.account());
        let request = Request::bare(principal, action, resource, context);
        Request { owner, ..request }
    }

    fn with_owner_key(mut self) -> Request {
        if let Some(account) = self.owner {
            self.context.insert("aws:ResourceAccount", account.as_str());
        }
        self
    }

    fn bare(principal: Principal, action: &str, resource: &str, context: Context) -> Request {
        Request {
            owner: account_of(resource).or_else(|| principal.account()),
            principal,
            action: action.to_owned(),
            folded_action: action.to_ascii_lowercase(),
            resource: resource.to_owned(),
            context,
        }
    }

    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    pub fn action(&self) -> &str {
        &self.action
    }

    pub fn resource(&self) -> &str {
        &self.resource
    }

    pub fn context(&self) -> &Context {
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
pub fn principal_keys(principal: &Principal) -> Context {
    let mut context = Context::new();
    add_principal_keys(&mut context, principal);
    context
}

/// The global condition keys that are properties of the principal, as AWS documents them in
/// "AWS global condition context keys".
fn add_principal_keys(context: &mut Context, principal: &Principal) {
    if let Some(arn) = principal.identity_arn() {
        context.insert("aws:PrincipalArn", &arn);
    }
    if let Some(account) = principal.account() {
        context.insert("aws:PrincipalAccount", account.as_str());
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
        Principal::Service { name } => (None, Some(name)),
        Principal::Anonymous => (Some("Anonymous"), None),
    };
    if let Some(kind) = kind {
        context.insert("aws:PrincipalType", kind);
    }
    context.insert("aws:PrincipalIsAWSService", service.is_some());
    if let Some(name) = service {
        context.insert("aws:PrincipalServiceName", name.as_str());
        context.insert_all("aws:PrincipalServiceNamesList", [name.as_str()]);
    }
    if let Principal::User { name, .. } = principal {
        context.insert("aws:username", name.as_str());
    }
}
