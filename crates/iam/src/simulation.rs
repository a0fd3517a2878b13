//! The policy simulator: policies, actions and resources from the request, decided by the same
//! evaluation as real calls.

use crate::Iam;
use crate::error::Error;
use crate::identity::Loaded;
use crate::page::Page;
use crate::record::{Group, Kind, Role, User};
use base::{AccountId, Arn};
use policy::{
    Context, Dialect, Effect, Layer, NamedPolicy, Outcome, Policy, PolicySet, PolicyType,
    Principal, Request, ResourcePolicy, evaluate, explain, principal_keys,
};
use service::Caller;
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::iam::{
    ContextEntry, EvaluationResult, OrderedOrganizationPolicyType, OrganizationsDecisionDetail,
    PermissionsBoundaryDecisionDetail, PolicyEvaluationDecisionType, PolicySourceType, Position,
    ResourceSpecificResult, SimulatePolicyResponse, Statement,
};

/// What types of policies say, by their names.
type Details = BTreeMap<String, PolicyEvaluationDecisionType>;

/// Whose policies are simulated.
pub(crate) struct SimulationSource {
    /// Users and roles; a group is nobody who calls.
    pub principal: Option<Principal>,
    pub loaded: Loaded,
}

/// The user, group or role of this account that an ARN means, with its policies.
///
/// # Errors
/// `NoSuchEntity`, or the ARN is of something else.
pub(crate) async fn source(
    iam: &Iam,
    caller: &Caller,
    arn: &str,
) -> Result<SimulationSource, Error> {
    let parsed: Arn = arn.parse().map_err(|_| Error::UnreadableArn)?;
    let records = iam.records(caller);
    let name = parsed.resource().rsplit('/').next().unwrap_or_default();
    let none = |kind| Error::NoSuch(kind, name.to_owned());
    match parsed.resource().split('/').next() {
        Some("user") => {
            let user: User = records.find_by_arn(arn).await?.ok_or(none(Kind::User))?;
            Ok(SimulationSource {
                loaded: iam.loader(&records).user(&user.head.id).await?,
                principal: Some(Principal::User {
                    arn: parsed.clone(),
                    id: user.head.id,
                    name: user.head.name,
                }),
            })
        }
        Some("role") => {
            let role: Role = records.find_by_arn(arn).await?.ok_or(none(Kind::Role))?;
            Ok(SimulationSource {
                loaded: iam.loader(&records).role(&role.head.id).await?,
                principal: Some(role_session(&parsed, &role.head.id)),
            })
        }
        Some("group") => {
            let group: Group = records.find_by_arn(arn).await?.ok_or(none(Kind::Group))?;
            Ok(SimulationSource {
                loaded: iam.loader(&records).entity(&group).await?,
                principal: None,
            })
        }
        _ => Err(Error::NotAPolicyArn(arn.to_owned())),
    }
}

fn role_session(role: &Arn, role_id: &str) -> Principal {
    let name = role.resource().rsplit('/').next().unwrap_or_default();
    let account = role.account().parse().unwrap_or(AccountId::DEFAULT);
    let session = Arn::global("sts", account, &format!("assumed-role/{name}/simulated"));
    Principal::AssumedRole {
        role: role.clone(),
        session,
        role_id: role_id.to_owned(),
        session_name: "simulated".to_owned(),
    }
}

/// What is simulated: the parts that both operations have.
#[derive(Default)]
pub(crate) struct Simulation {
    /// `None` if nobody in particular calls.
    pub principal: Option<Principal>,
    pub identity: Vec<NamedPolicy>,
    pub boundary: Vec<NamedPolicy>,
    pub organization: Vec<Vec<NamedPolicy>>,
    pub resource_policy: Option<NamedPolicy>,
    pub resource_owner: Option<AccountId>,
    /// Context keys of the request, with their values.
    pub context: Vec<(String, Vec<String>)>,
    /// Whether the answer tells of the organization.
    pub tells_organization: bool,
}

impl Simulation {
    /// Adds policies given in a request, named `LIST.1` and so on.
    ///
    /// # Errors
    /// One is no policy.
    pub(crate) fn given(list: &str, documents: &[String]) -> Result<Vec<NamedPolicy>, Error> {
        let named = |(index, document): (usize, &String)| -> Result<NamedPolicy, Error> {
            Ok(NamedPolicy {
                name: Arc::from(format!("{list}.{}", index + 1)),
                policy: Arc::new(Policy::parse(document, Dialect::Identity)?),
            })
        };
        documents.iter().enumerate().map(named).collect()
    }

    /// # Errors
    /// The document is no resource-based policy.
    pub(crate) fn set_resource_policy(&mut self, document: Option<&String>) -> Result<(), Error> {
        let parsed = document.map(|document| Policy::parse(document, Dialect::Resource));
        self.resource_policy = parsed.transpose()?.map(|policy| NamedPolicy {
            name: Arc::from("ResourcePolicy"),
            policy: Arc::new(policy),
        });
        Ok(())
    }

    /// # Errors
    /// One document is no policy.
    pub(crate) fn set_organization(
        &mut self,
        levels: Option<&[OrderedOrganizationPolicyType]>,
    ) -> Result<(), Error> {
        for level in levels.unwrap_or_default() {
            let documents = level.service_control_policy_input_list.as_deref();
            let list = "OrderedOrganizationPolicyInputList";
            let policies = Simulation::given(list, documents.unwrap_or_default())?;
            self.organization.push(policies);
        }
        Ok(())
    }

    /// Who calls, if the request says so; `012345678901` or an ARN owns the resource.
    ///
    /// # Errors
    /// An ARN cannot be read.
    pub(crate) fn set_parties(
        &mut self,
        caller_arn: Option<&String>,
        owner: Option<&String>,
    ) -> Result<(), Error> {
        if let Some(arn) = caller_arn {
            self.principal = Some(principal_of(arn)?);
        }
        self.resource_owner = owner.map(|owner| owner_of(owner)).transpose()?;
        Ok(())
    }

    /// Sets the context keys that the request gives.
    pub(crate) fn set_context(&mut self, entries: Option<&[ContextEntry]>) {
        let entry = |entry: &ContextEntry| {
            let values = entry.context_key_values.iter().flatten().cloned();
            Some((entry.context_key_name.clone()?, values.collect()))
        };
        self.context = entries
            .unwrap_or_default()
            .iter()
            .filter_map(entry)
            .collect();
    }

    /// What the principal implies, then what the request gives.
    fn context(&self) -> Context<'_> {
        let implied = self.principal.as_ref().map(principal_keys);
        let mut context = implied.unwrap_or_default();
        for (key, values) in &self.context {
            context.insert_all(key, values);
        }
        context
    }

    /// Every action on all resources.
    ///
    /// # Errors
    /// The marker is none of ours, or an action is not the name of one.
    pub(crate) fn run(
        &self,
        actions: &[String],
        resources: Option<&[String]>,
        page: &Page,
    ) -> Result<SimulatePolicyResponse, Error> {
        let given = resources.unwrap_or_default();
        let targets = match given.iter().all(|resource| resource == "*") {
            true => &[],
            false => given,
        };
        if let Some(bad) = actions.iter().find(|action| !is_action(action)) {
            return Err(Error::BadSimulation(format!("Invalid Action: {bad}")));
        }
        let results = actions.iter().map(|action| self.result(action, targets));
        let listing = page.cut(results.enumerate().collect(), |(number, _)| {
            format!("{number:08}")
        });
        let listing = listing.map(|(_, result)| result);
        Ok(SimulatePolicyResponse {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            evaluation_results: Some(listing.items),
        })
    }

    /// One action on the resources, or on `*` if there are none: what holds for each, and for all
    /// of them together.
    fn result(&self, action: &str, resources: &[String]) -> EvaluationResult {
        let each: Vec<ResourceSpecificResult> = match resources {
            [] => vec![self.on_resource(action, "*")],
            given => given.iter().map(|r| self.on_resource(action, r)).collect(),
        };
        let decisions = each.iter().map(|result| result.eval_resource_decision);
        let decision = decisions.max_by_key(|decision| severity(*decision));
        let decision = decision.unwrap_or_default();
        let decisive = each.iter().filter(|r| r.eval_resource_decision == decision);
        let matched = distinct(decisive.flat_map(|r| r.matched_statements.iter().flatten()));
        let missing = distinct(
            each.iter()
                .flat_map(|r| r.missing_context_values.iter().flatten()),
        );
        let allowed_by = |detail: &PermissionsBoundaryDecisionDetail| {
            detail.allowed_by_permissions_boundary == Some(true)
        };
        let bounds = || {
            each.iter()
                .filter_map(|r| r.permissions_boundary_decision_detail.as_ref())
        };
        let by_boundary = bounds().next().map(|_| PermissionsBoundaryDecisionDetail {
            allowed_by_permissions_boundary: Some(bounds().all(allowed_by)),
        });
        let names_one = match resources {
            [only] => only.as_str(),
            _ => "*",
        };
        let specific = !resources.is_empty();
        EvaluationResult {
            eval_action_name: action.to_owned(),
            eval_resource_name: Some(names_one.to_owned()),
            eval_decision: decision,
            matched_statements: Some(matched),
            missing_context_values: Some(missing),
            organizations_decision_detail: self.by_organization(action, resources),
            permissions_boundary_decision_detail: by_boundary,
            eval_decision_details: specific.then(|| strictest_details(&each)),
            resource_specific_results: specific.then_some(each),
        }
    }

    /// What the organization says of an action, where the answer tells of it.
    fn by_organization(
        &self,
        action: &str,
        resources: &[String],
    ) -> Option<OrganizationsDecisionDetail> {
        let everything = ["*".to_owned()];
        let targets = match resources {
            [] => &everything,
            given => given,
        };
        let allows_all = |resource: &String| {
            let (_, layers) = self.evaluated(action, resource);
            allows(&layers, PolicyType::ServiceControl)
        };
        let told = self.tells_organization || !self.organization.is_empty();
        told.then(|| OrganizationsDecisionDetail {
            allowed_by_organizations: Some(targets.iter().all(allows_all)),
        })
    }

    /// The decision on one action and resource, and what led to it.
    fn evaluated(
        &self,
        action: &str,
        resource: &str,
    ) -> (PolicyEvaluationDecisionType, Vec<Layer>) {
        let principal = self.caller();
        let context = self.context();
        let owner = self.owner_of(resource);
        let request = Request::simulated(&principal, action, resource, context, owner);
        let policies = PolicySet {
            identity: &self.identity,
            resource: self
                .resource_policy
                .as_ref()
                .map_or(ResourcePolicy::None, ResourcePolicy::Adds),
            boundary: self.boundary.first(),
            session: None,
            service_control: &self.organization,
        };
        let decision = match evaluate(&request, &policies) {
            policy::Decision::Allowed(_) => PolicyEvaluationDecisionType::Allowed,
            policy::Decision::Denied(policy::Denial::Explicit(_)) => {
                PolicyEvaluationDecisionType::ExplicitDeny
            }
            policy::Decision::Denied(_) => PolicyEvaluationDecisionType::ImplicitDeny,
        };
        (decision, explain(&request, &policies))
    }

    fn caller(&self) -> Principal {
        let nobody = || Principal::User {
            arn: Arn::global("iam", AccountId::DEFAULT, "user/simulated"),
            id: String::new(),
            name: String::new(),
        };
        self.principal.clone().unwrap_or_else(nobody)
    }

    /// The account of a resource. Without a policy on it there is only one side to ask, whoever
    /// owns it.
    fn owner_of(&self, resource: &str) -> Option<AccountId> {
        let policy = self.resource_policy.as_ref();
        policy.and_then(|_| account_in(resource).or(self.resource_owner))
    }

    fn on_resource(&self, action: &str, resource: &str) -> ResourceSpecificResult {
        let (decision, layers) = self.evaluated(action, resource);
        let caller = self.caller();
        let owner = self.owner_of(resource);
        let crosses = owner.is_some() && owner != caller.account();
        let by_boundary = (!self.boundary.is_empty()).then(|| PermissionsBoundaryDecisionDetail {
            allowed_by_permissions_boundary: Some(allows(&layers, PolicyType::PermissionsBoundary)),
        });
        ResourceSpecificResult {
            eval_resource_name: resource.to_owned(),
            eval_resource_decision: decision,
            matched_statements: Some(matched_statements(decision, &layers)),
            missing_context_values: Some(missing_keys(&layers)),
            eval_decision_details: crosses.then(|| details(&layers)),
            permissions_boundary_decision_detail: by_boundary,
        }
    }
}

/// Whether a name is that of a single action.
fn is_action(name: &str) -> bool {
    let parts = name.split_once(':');
    parts.is_some_and(|(service, action)| !service.is_empty() && !action.is_empty())
        && !name.contains(['*', '?'])
}

/// How much a decision restricts.
fn severity(decision: PolicyEvaluationDecisionType) -> u8 {
    match decision {
        PolicyEvaluationDecisionType::Allowed => 0,
        PolicyEvaluationDecisionType::ImplicitDeny => 1,
        PolicyEvaluationDecisionType::ExplicitDeny => 2,
    }
}

/// Each of them once, in their order.
fn distinct<'a, T: Clone + PartialEq + 'a>(items: impl Iterator<Item = &'a T>) -> Vec<T> {
    let mut found: Vec<T> = Vec::new();
    for item in items {
        if !found.contains(item) {
            found.push(item.clone());
        }
    }
    found
}

/// What each type of policies that is asked says, where resource and caller are of two accounts.
fn details(layers: &[Layer]) -> Details {
    let name = |policy_type| match policy_type {
        PolicyType::Identity => Some("IAM Policy"),
        PolicyType::Resource => Some("Resource Policy"),
        PolicyType::PermissionsBoundary => Some("Permissions Boundary Policy"),
        _ => None,
    };
    let decided = |outcome| match outcome {
        Outcome::Absent => None,
        Outcome::Allows => Some(PolicyEvaluationDecisionType::Allowed),
        Outcome::Denies => Some(PolicyEvaluationDecisionType::ExplicitDeny),
        Outcome::Silent | Outcome::NotEvaluable => Some(PolicyEvaluationDecisionType::ImplicitDeny),
    };
    let detail =
        |layer: &Layer| Some((name(layer.policy_type)?.to_owned(), decided(layer.outcome)?));
    layers.iter().filter_map(detail).collect()
}

/// For each type of policies the most restrictive decision on any resource.
fn strictest_details(each: &[ResourceSpecificResult]) -> Details {
    let mut strictest = Details::new();
    for (name, decision) in each
        .iter()
        .flat_map(|r| r.eval_decision_details.iter().flatten())
    {
        let known = strictest.entry(name.clone()).or_insert(*decision);
        if severity(*decision) > severity(*known) {
            *known = *decision;
        }
    }
    strictest
}

/// Whether all layers of a type allow, or there are none.
fn allows(layers: &[Layer], policy_type: PolicyType) -> bool {
    let mut of_type = layers
        .iter()
        .filter(|layer| layer.policy_type == policy_type);
    of_type.all(|layer| matches!(layer.outcome, Outcome::Allows | Outcome::Absent))
}

/// Whether a simulation shows the statements of such policies: those of identities and resources.
fn is_shown(policy_type: PolicyType) -> bool {
    matches!(policy_type, PolicyType::Identity | PolicyType::Resource)
}

/// The statements that led to the decision: those that deny, or those that allow.
fn matched_statements(decision: PolicyEvaluationDecisionType, layers: &[Layer]) -> Vec<Statement> {
    let effect = match decision {
        PolicyEvaluationDecisionType::Allowed => Effect::Allow,
        PolicyEvaluationDecisionType::ExplicitDeny => Effect::Deny,
        PolicyEvaluationDecisionType::ImplicitDeny => return Vec::new(),
    };
    let matched = layers.iter().flat_map(|layer| &layer.matched);
    let wanted = matched.filter(|(said, source)| *said == effect && is_shown(source.policy_type));
    wanted
        .map(|(_, source)| Statement {
            source_policy_id: Some(shown_name(&source.policy)),
            source_policy_type: Some(match source.policy_type {
                PolicyType::Resource => PolicySourceType::Resource,
                _ => PolicySourceType::IamPolicy,
            }),
            // AWS counts from behind the opening brace.
            start_position: Some(position(
                source.span.start.line,
                source.span.start.column + 1,
            )),
            end_position: Some(position(source.span.end.line, source.span.end.column)),
        })
        .collect()
}

/// A managed policy by its name, others as they are.
fn shown_name(policy: &str) -> String {
    match policy.starts_with("arn:") {
        true => policy.rsplit('/').next().unwrap_or_default().to_owned(),
        false => policy.to_owned(),
    }
}

fn position(line: u32, column: u32) -> Position {
    let number = |number| i32::try_from(number).ok();
    Position {
        line: number(line),
        column: number(column),
    }
}

fn missing_keys(layers: &[Layer]) -> Vec<String> {
    let shown = layers.iter().filter(|layer| is_shown(layer.policy_type));
    let mut keys = Vec::new();
    for key in shown.flat_map(|layer| &layer.missing_keys) {
        add_key(&mut keys, key);
    }
    keys
}

/// Whoever an ARN means, real or not.
fn principal_of(arn: &str) -> Result<Principal, Error> {
    let parsed: Arn = arn.parse().map_err(|_| Error::UnreadableArn)?;
    let account = parsed.account().parse();
    let account: AccountId = account.map_err(|_| Error::UnreadableArn)?;
    let resource = parsed.resource();
    let name = resource.rsplit('/').next().unwrap_or_default().to_owned();
    match resource.split('/').next() {
        Some("user") => Ok(Principal::User {
            arn: parsed,
            id: String::new(),
            name,
        }),
        Some("role") => Ok(role_session(&parsed, "")),
        Some("assumed-role") => {
            let role = resource.split('/').nth(1).unwrap_or_default();
            Ok(Principal::AssumedRole {
                role: Arn::global("iam", account, &format!("role/{role}")),
                session: parsed,
                role_id: String::new(),
                session_name: name,
            })
        }
        Some("root") => Ok(Principal::Root { account }),
        _ => Err(Error::BadSimulation(format!(
            "Invalid Entity Arn: {arn} does not clearly define entity type and name."
        ))),
    }
}

fn owner_of(text: &str) -> Result<AccountId, Error> {
    let account = match text.parse::<Arn>() {
        Ok(arn) => arn.account().parse(),
        Err(_) => text.parse(),
    };
    account.map_err(|_| Error::UnreadableArn)
}

fn account_in(resource: &str) -> Option<AccountId> {
    resource.parse::<Arn>().ok()?.account().parse().ok()
}

/// The context keys that documents look at, each once.
///
/// # Errors
/// One document is no policy.
pub(crate) fn context_keys(documents: &[String]) -> Result<Vec<String>, Error> {
    let mut keys: Vec<String> = Vec::new();
    for document in documents {
        let policy = Policy::parse(document, Dialect::Identity)?;
        add_keys(&mut keys, &policy);
    }
    Ok(keys)
}

/// Adds the context keys that a policy looks at.
pub(crate) fn add_keys(keys: &mut Vec<String>, policy: &Policy) {
    for key in policy.context_keys() {
        add_key(keys, key);
    }
}

/// Adds a key if it is not there, in whatever case.
fn add_key(keys: &mut Vec<String>, key: &str) {
    if !keys.iter().any(|known| known.eq_ignore_ascii_case(key)) {
        keys.push(key.to_owned());
    }
}
