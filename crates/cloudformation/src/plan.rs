//! What a deployment would do, decided before it does anything: every property is checked, every
//! package built, every reference known to lead somewhere.

use crate::catalog::{self, Kind, TypeInfo};
use crate::document::{Map, Mark};
use crate::error::{Problem, TemplateError};
use crate::graph::{Ordered, deletion_order, ordered};
use crate::package::Packager;
use crate::progress::Action;
use crate::resources;
use crate::schema::{OnChange, check};
use crate::scope::{Resolved, Scope};
use crate::stack::{Recorded, State};
use crate::template::{Removal, Resource, Template};
use base::hex;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// A function's package and what tells it from others.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub bytes: Bytes,
    pub sha256: String,
}

/// One resource of the template, in the order of making.
#[derive(Debug)]
pub(crate) struct Step<'t> {
    pub resource: &'t Resource,
    pub info: &'static TypeInfo,
    pub depends_on: BTreeSet<String>,
    pub package: Option<Package>,
    pub action: Action,
}

/// A resource that the template no longer has.
#[derive(Debug, PartialEq)]
pub(crate) struct Gone {
    pub logical_id: String,
    pub action: Action,
}

/// All that a deployment would do, in order.
#[derive(Debug)]
pub(crate) struct Plan<'t> {
    pub steps: Vec<Step<'t>>,
    pub gone: Vec<Gone>,
}

impl<'t> Plan<'t> {
    /// The plan that leaves nothing of a stack.
    pub fn removal(state: &State) -> Plan<'t> {
        Plan {
            steps: Vec::new(),
            gone: gone(state, &[]),
        }
    }

    /// How many resources change.
    pub fn changes(&self) -> usize {
        let kept = self.steps.iter().filter(|step| step.action == Action::Keep);
        self.steps.len() - kept.count() + self.gone.len()
    }
}

/// Plans a deployment. `scope` learns of the resources that stay.
pub(crate) async fn plan<'t>(
    template: &'t Template,
    scope: &mut Scope<'t>,
    state: &State,
    packager: &Packager<'_>,
) -> Result<Plan<'t>, PlanError> {
    let order = ordered(template, scope)?;
    // Mistakes are found before the first slow build.
    for step in &order {
        properties(scope, step.resource)?;
    }
    let mut steps = Vec::with_capacity(order.len());
    for Ordered {
        resource,
        depends_on,
    } in order
    {
        let (info, properties) = properties(scope, resource)?;
        let package = packager.package(resource, &properties.value).await?;
        let package = package.map(Package::new);
        let recorded = state.resources.get(&resource.logical_id);
        let action = decide(
            info,
            recorded,
            &properties.value,
            package.as_ref(),
            resource.mark,
        )?;
        match recorded {
            Some(recorded) if matches!(action, Action::Keep | Action::Update) => {
                scope.made(&resource.logical_id, recorded.made());
            }
            _ => {}
        }
        steps.push(Step {
            resource,
            info,
            depends_on,
            package,
            action,
        });
    }
    outputs(template, scope)?;
    let gone = gone(state, &steps);
    Ok(Plan { steps, gone })
}

/// Why there is no plan.
#[derive(Debug)]
pub(crate) enum PlanError {
    Template(TemplateError),
    Store(kv::Error),
}

impl From<TemplateError> for PlanError {
    fn from(error: TemplateError) -> PlanError {
        PlanError::Template(error)
    }
}

impl From<kv::Error> for PlanError {
    fn from(error: kv::Error) -> PlanError {
        PlanError::Store(error)
    }
}

impl Package {
    fn new(bytes: Bytes) -> Package {
        let sha256 = hex::encode(&Sha256::digest(&bytes));
        Package { bytes, sha256 }
    }
}

/// A resource's type and its properties, resolved and checked.
pub(crate) fn properties(
    scope: &Scope<'_>,
    resource: &Resource,
) -> Result<(&'static TypeInfo, Resolved<Map>), TemplateError> {
    let name = &resource.type_name;
    let unknown = || Problem::UnknownType(name.clone()).at(resource.type_mark);
    let info = catalog::find(name).ok_or_else(unknown)?;
    let resolved = scope.properties(&resource.properties)?;
    let value = check(info.name, resource.mark, info.properties, &resolved.value)?;
    resources::inspect(info.kind, &value)?;
    let pending = resolved.pending;
    Ok((info, Resolved { value, pending }))
}

/// What has to be done to get from what is recorded to what is wanted.
pub(crate) fn decide(
    info: &'static TypeInfo,
    recorded: Option<&Recorded>,
    wanted: &Map,
    package: Option<&Package>,
    mark: Mark,
) -> Result<Action, PlanError> {
    let Some(recorded) = recorded else {
        return Ok(Action::Create);
    };
    if recorded.type_name != info.name {
        return Ok(Action::Replace);
    }
    if !recorded.complete {
        // What there is of it goes first.
        return Ok(Action::Create);
    }
    let old = recorded.existing()?.properties;
    let Some((property, change)) = info.change(&old, wanted) else {
        let same = recorded.package_sha256.as_ref() == package.map(|package| &package.sha256);
        // What was made before versions came with the code has to tell of it first.
        let tells = recorded
            .made()
            .attributes
            .contains_key(resources::function::CODE);
        return Ok(match (same, info.kind) {
            (true, Kind::Function) if !tells => Action::Update,
            (true, _) => Action::Keep,
            // A version of a layer is what it is.
            (false, Kind::LayerVersion) => Action::Replace,
            (false, _) => Action::Update,
        });
    };
    let place = wanted
        .entry(property.name)
        .map_or(mark, |(key, _)| key.mark);
    match change {
        OnChange::Update => Ok(Action::Update),
        OnChange::Refuse => {
            let what = format!("a change of {} of an existing {}", property.name, info.name);
            Err(TemplateError::not_supported(place, what).into())
        }
        OnChange::Replace => match info.given_name(wanted) {
            Some(name) if info.given_name(&old) == Some(name) => {
                let problem = Problem::NamedReplacement {
                    property: property.name,
                    type_name: info.name.to_owned(),
                    name: name.to_owned(),
                };
                Err(problem.at(place).into())
            }
            _ => Ok(Action::Replace),
        },
    }
}

/// The values of the outputs whose condition holds.
pub(crate) fn outputs(
    template: &Template,
    scope: &Scope<'_>,
) -> Result<BTreeMap<String, String>, TemplateError> {
    let mut values = BTreeMap::new();
    for output in &template.outputs {
        if scope.holds(output.condition.as_ref())? {
            let node = scope.value(&output.value)?.value;
            let what = format!("the output {}", output.name);
            let value = crate::template::text(&node, &what)?;
            values.insert(output.name.clone(), value.to_owned());
        }
    }
    Ok(values)
}

/// Recorded resources that the template has not, in the order of removal.
fn gone(state: &State, steps: &[Step<'_>]) -> Vec<Gone> {
    let wanted: BTreeSet<&str> = steps
        .iter()
        .map(|s| s.resource.logical_id.as_str())
        .collect();
    let vanished = state
        .resources
        .iter()
        .filter(|(id, _)| !wanted.contains(id.as_str()));
    let depends_on = vanished.map(|(id, recorded)| (id.clone(), recorded.depends_on.clone()));
    let order = deletion_order(&depends_on.collect()).into_iter();
    let gone = order.map(|logical_id| {
        let retain = state
            .resources
            .get(&logical_id)
            .is_some_and(|recorded| recorded.retain);
        let action = if retain {
            Action::Retain
        } else {
            Action::Delete
        };
        Gone { logical_id, action }
    });
    gone.collect()
}

/// Whether a resource stays when it leaves the template.
pub(crate) fn retained(resource: &Resource) -> bool {
    resource.on_delete == Removal::Retain
}
