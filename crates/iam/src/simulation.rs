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

    /// Every action on every resource.
    ///
    /// # Errors
    /// The marker is none of ours.
    pub(crate) fn run(
        &self,
        actions: &[String],
        resources: Option<&[String]>,
        page: &Page,
    ) -> Result<SimulatePolicyResponse, Error> {
        let given = resources.filter(|resources| !resources.is_empty());
        let everything = ["*".to_owned()];
        let targets = given.unwrap_or(&everything);
        let mut results = Vec::new();
        for action in actions {
            for target in targets {
                let number = results.len();
                results.push((number, self.result(action, target)));
            }
        }
        let listing = page.cut(results, |(number, _)| format!("{number:08}"));
        let listing = listing.map(|(_, result)| result);
        Ok(SimulatePolicyResponse {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            evaluation_results: Some(listing.items),
        })
    }

    fn result(&self, action: &str, resource: &str) -> EvaluationResult {
        let nobody = || Principal::User {
            arn: Arn::global("iam", AccountId::DEFAULT, "user/simulated"),
            id: String::new(),
            name: String::new(),
        };
        let principal = self.principal.clone().unwrap_or_else(nobody);
        // Without a policy on the resource there is only one side to ask, whoever owns it.
        let owner = match &self.resource_policy {
            Some(_) => self.resource_owner.or_else(|| account_in(resource)),
            None => None,
        };
        let context = self.context();
        let request = Request::simulated(&principal, action, resource, context, owner);
        let boundary = self.boundary.first();
        let policies = PolicySet {
            identity: &self.identity,
            resource: self
                .resource_policy
                .as_ref()
                .map_or(ResourcePolicy::None, ResourcePolicy::Adds),
            boundary,
            session: None,
            service_control: &self.organization,
        };
        let layers = explain(&request, &policies);
        let decision = match evaluate(&request, &policies) {
            policy::Decision::Allowed(_) => PolicyEvaluationDecisionType::Allowed,
            policy::Decision::Denied(policy::Denial::Explicit(_)) => {
                PolicyEvaluationDecisionType::ExplicitDeny
            }
            policy::Decision::Denied(_) => PolicyEvaluationDecisionType::ImplicitDeny,
        };
        self.shaped(action, resource, decision, &layers)
    }

    fn shaped(
        &self,
        action: &str,
        resource: &str,
        decision: PolicyEvaluationDecisionType,
        layers: &[Layer],
    ) -> EvaluationResult {
        let matched = matched_statements(decision, layers);
        let missing = missing_keys(layers);
        let is_arn = resource != "*";
        let by_boundary = (!self.boundary.is_empty()).then(|| PermissionsBoundaryDecisionDetail {
            allowed_by_permissions_boundary: Some(allows(layers, PolicyType::PermissionsBoundary)),
        });
        let told = self.tells_organization || !self.organization.is_empty();
        let specific = ResourceSpecificResult {
            eval_resource_name: resource.to_owned(),
            eval_resource_decision: decision,
            matched_statements: Some(matched.clone()),
            missing_context_values: Some(missing.clone()),
            eval_decision_details: None,
            permissions_boundary_decision_detail: by_boundary.clone(),
        };
        EvaluationResult {
            eval_action_name: action.to_owned(),
            eval_resource_name: Some(resource.to_owned()),
            eval_decision: decision,
            matched_statements: Some(matched),
            missing_context_values: Some(missing),
            organizations_decision_detail: told.then(|| OrganizationsDecisionDetail {
                allowed_by_organizations: Some(allows(layers, PolicyType::ServiceControl)),
            }),
            permissions_boundary_decision_detail: by_boundary,
            eval_decision_details: is_arn.then(BTreeMap::new),
            resource_specific_results: is_arn.then(|| vec![specific]),
        }
    }
}

/// Whether all layers of a type allow, or there are none.
fn allows(layers: &[Layer], policy_type: PolicyType) -> bool {
    let mut of_type = layers
        .iter()
        .filter(|layer| layer.policy_type == policy_type);
    of_type.all(|layer| matches!(layer.outcome, Outcome::Allows | Outcome::Absent))
}

/// The statements that led to the decision: those that deny, or those that allow.
fn matched_statements(decision: PolicyEvaluationDecisionType, layers: &[Layer]) -> Vec<Statement> {
    let effect = match decision {
        PolicyEvaluationDecisionType::Allowed => Effect::Allow,
        PolicyEvaluationDecisionType::ExplicitDeny => Effect::Deny,
        PolicyEvaluationDecisionType::ImplicitDeny => return Vec::new(),
    };
    let matched = layers.iter().flat_map(|layer| &layer.matched);
    let wanted = matched.filter(|(said, source)| {
        *said == effect && source.policy_type != PolicyType::ServiceControl
    });
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
    let mut keys: Vec<String> = Vec::new();
    for key in layers.iter().flat_map(|layer| &layer.missing_keys) {
        if !keys.iter().any(|known| known.eq_ignore_ascii_case(key)) {
            keys.push(key.clone());
        }
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
        if !keys.iter().any(|known| known.eq_ignore_ascii_case(key)) {
            keys.push(key.to_owned());
        }
    }
}
