//! `AWS::ApiGateway::UsagePlan`: how often holders of keys may call stages.

use super::patch::{self, Patched};
use super::request::Request;
use super::{Birth, Existing, Failure, Step, Wanted};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::{Map, Node};
use crate::schema::{Property, Schema, TAGS};
use crate::scope::Made;
use std::collections::BTreeMap;
use wire::apigateway::{
    CreateUsagePlanInput, DeleteUsagePlanInput, Op, PatchOperation, UpdateUsagePlanInput,
};

const THROTTLE: Schema = Schema::Object(&[
    Property::optional("BurstLimit", Schema::Integer),
    Property::optional("RateLimit", Schema::Decimal),
]);

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::UsagePlan,
    name: "AWS::ApiGateway::UsagePlan",
    properties: &[
        Property::optional(
            "ApiStages",
            Schema::List(&Schema::Object(&[
                Property::optional("ApiId", Schema::Text),
                Property::optional("Stage", Schema::Text),
                Property::optional("Throttle", Schema::Map(&THROTTLE)),
            ])),
        ),
        Property::optional("Description", Schema::Text),
        Property::optional(
            "Quota",
            Schema::Object(&[
                Property::optional("Limit", Schema::Integer),
                Property::optional("Offset", Schema::Integer),
                Property::optional("Period", Schema::Text),
            ]),
        ),
        Property::optional("Tags", TAGS).fixed(),
        Property::optional("Throttle", THROTTLE),
        Property::optional("UsagePlanName", Schema::Text),
    ],
    attributes: &["Id"],
    naming: None,
};

const PATCHED: [Patched; 2] = [
    Patched::text("Description", "/description"),
    Patched::kept("UsagePlanName", "/name"),
];
const OF_THROTTLE: [Patched; 2] = [
    Patched::kept("BurstLimit", "/burstLimit"),
    Patched::kept("RateLimit", "/rateLimit"),
];
const OF_QUOTA: [Patched; 3] = [
    Patched::kept("Limit", "/limit"),
    Patched::or("Offset", "/offset", "0"),
    Patched::kept("Period", "/period"),
];

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let name = properties.get("UsagePlanName").and_then(Node::as_text);
    let input: CreateUsagePlanInput = Request::new()
        .text("name", name.unwrap_or(&wanted.name))
        .copy_small(properties, &["Description"])
        .copy_small_objects(properties, &["Quota", "Throttle"])
        .tag_map(properties, "tags")
        .input()?;
    let id = step.call(input).await?.id.unwrap_or_default();
    let made = Made::named(id.as_str()).with("Id", id.as_str());
    birth.exists(&made).await?;
    change(step, &id, stages(&Map::default(), properties)).await?;
    Ok(made)
}

async fn change<A: Api>(
    step: &Step<'_, A>,
    id: &str,
    patch: Vec<PatchOperation>,
) -> Result<(), Failure> {
    if !patch.is_empty() {
        step.call(UpdateUsagePlanInput {
            usage_plan_id: id.to_owned(),
            patch_operations: Some(patch),
        })
        .await?;
    }
    Ok(())
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let (was, becomes) = (&old.properties, &wanted.properties);
    let mut patch = patch::scalars(was, becomes, &PATCHED);
    patch.extend(limits(was, becomes, "Quota", "/quota", &OF_QUOTA));
    patch.extend(limits(was, becomes, "Throttle", "/throttle", &OF_THROTTLE));
    patch.extend(stages(was, becomes));
    change(step, &old.made.reference, patch).await
}

/// An object of limits, as a whole: what differs is taken away and given anew.
fn limits(
    old: &Map,
    new: &Map,
    name: &str,
    path: &str,
    patched: &[Patched],
) -> Vec<PatchOperation> {
    if old.get(name) == new.get(name) {
        return Vec::new();
    }
    let gone = old.get(name).map(|_| patch::remove(path));
    let given = patch::object(new, name).into_iter();
    let given = given.flat_map(|given| below(path, given, patched));
    gone.into_iter().chain(given).collect()
}

/// Sets the limits of an object below a path.
fn below(path: &str, given: &Map, patched: &[Patched]) -> Vec<PatchOperation> {
    let mut patch = patch::scalars(&Map::default(), given, patched);
    for operation in &mut patch {
        let end = operation.path.take().unwrap_or_default();
        operation.path = Some(format!("{path}{end}"));
    }
    patch
}

/// The stages that differ: they are taken out and put in anew.
fn stages(old: &Map, new: &Map) -> Vec<PatchOperation> {
    let (before, after) = (by_name(old), by_name(new));
    let differ = |name: &&String| before.get(*name) != after.get(*name);
    let gone = before.keys().filter(differ);
    let gone =
        gone.map(|name| patch::operation(Op::Remove, "/apiStages".to_owned(), Some(name.clone())));
    let mut patch: Vec<_> = gone.collect();
    for (name, stage) in after.iter().filter(|(name, _)| differ(name)) {
        patch.push(patch::add("/apiStages", name.as_str()));
        let methods = patch::object(stage, "Throttle").into_iter();
        for (method, limits) in methods.flat_map(Map::iter) {
            let (resource, verb) = method.text.rsplit_once('/').unwrap_or(("", &method.text));
            let path = format!(
                "/apiStages/{name}/throttle/{}/{verb}",
                patch::escaped(resource)
            );
            let limits = limits.as_map().into_iter();
            patch.extend(limits.flat_map(|limits| below(&path, limits, &OF_THROTTLE)));
        }
    }
    patch
}

fn by_name(properties: &Map) -> BTreeMap<String, &Map> {
    let stages = patch::objects(properties, "ApiStages");
    stages
        .map(|stage| (patch::planned_stage(stage), stage))
        .collect()
}

/// A plan goes only without stages, which may have gone before.
pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let usage_plan_id = old.made.reference.clone();
    let stages = stages(&old.properties, &Map::default());
    if !stages.is_empty() {
        step.remove(UpdateUsagePlanInput {
            usage_plan_id: usage_plan_id.clone(),
            patch_operations: Some(stages),
        })
        .await?;
    }
    step.remove(DeleteUsagePlanInput { usage_plan_id }).await
}
