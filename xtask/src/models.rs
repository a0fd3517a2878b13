//! AWS's API models as botocore ships them: fetched once by pip at a pinned version, read for
//! shapes and constraints only.

use flate2::read::GzDecoder;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

const BOTOCORE: &str = "1.44.5";

/// A service's model, in the parts that code is generated from.
#[derive(Deserialize)]
pub struct Model {
    pub metadata: Metadata,
    #[serde(deserialize_with = "in_order")]
    pub operations: Vec<(String, Operation)>,
    pub shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    pub protocol: String,
    pub api_version: String,
    pub target_prefix: Option<String>,
    pub json_version: Option<String>,
    pub xml_namespace: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    pub http: Http,
    pub input: Option<ShapeRef>,
    pub output: Option<ShapeRef>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Http {
    pub method: String,
    pub request_uri: String,
    pub response_code: Option<u16>,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
pub struct ShapeRef {
    pub shape: String,
    pub location: Option<String>,
    pub location_name: Option<String>,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
pub struct Shape {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub required: Vec<String>,
    #[serde(default, deserialize_with = "in_order")]
    pub members: Vec<(String, ShapeRef)>,
    pub member: Option<ShapeRef>,
    pub value: Option<ShapeRef>,
    pub key: Option<ShapeRef>,
    #[serde(rename = "enum", default)]
    pub values: Vec<String>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub pattern: Option<String>,
    pub payload: Option<String>,
    #[serde(default)]
    pub exception: bool,
    #[serde(default)]
    pub fault: bool,
    pub error: Option<ErrorTrait>,
    pub timestamp_format: Option<String>,
    #[serde(default)]
    pub eventstream: bool,
    /// Whether it may not be shown.
    #[serde(default)]
    pub sensitive: bool,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
pub struct ErrorTrait {
    pub code: Option<String>,
    pub http_status_code: Option<u16>,
    #[serde(default)]
    pub sender_fault: bool,
}

/// Keeps a JSON object's members in the order of the file.
fn in_order<'de, D, T>(deserializer: D) -> Result<Vec<(String, T)>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Ordered<T>(std::marker::PhantomData<T>);
    impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Ordered<T> {
        type Value = Vec<(String, T)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(
            self,
            mut map: A,
        ) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                members.push(member);
            }
            Ok(members)
        }
    }
    deserializer.deserialize_map(Ordered(std::marker::PhantomData))
}

/// Reads `service`'s model in the newest API version botocore has.
pub fn load(root: &Path, service: &str) -> Result<Model, String> {
    let folder = fetched(root)?.join("botocore/data").join(service);
    let entries = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut versions: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    // Lambda's oldest API lies beside the current one; versions are dates.
    versions.sort();
    let newest = versions
        .pop()
        .ok_or_else(|| format!("{}: empty", folder.display()))?;
    let path = newest.join("service-2.json.gz");
    let file = File::open(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let model = serde_json::from_reader(GzDecoder::new(file));
    let mut model: Model = model.map_err(|e| format!("{}: {e}", path.display()))?;
    model.part_inputs();
    if service == "apigatewayv2" {
        model.merge_outputs();
        model.read_lengths();
    }
    Ok(model)
}

impl Model {
    /// Lets operations answer with the structure that lists hold where their own has the same
    /// members: four types less for each kind of thing.
    fn merge_outputs(&mut self) {
        let members = |shape: &Shape| -> BTreeMap<String, String> {
            let members = shape.members.iter();
            members
                .map(|(name, member)| (name.clone(), member.shape.clone()))
                .collect()
        };
        let listed = self
            .shapes
            .values()
            .filter_map(|shape| shape.member.as_ref());
        let listed: BTreeMap<_, _> = listed
            .filter_map(|member| Some((members(self.shapes.get(&member.shape)?), &member.shape)))
            .filter(|(members, _)| !members.is_empty())
            .map(|(members, name)| (members, name.clone()))
            .collect();
        for (_, operation) in &mut self.operations {
            let Some(output) = &mut operation.output else {
                continue;
            };
            let own = self.shapes.get(&output.shape).map(&members);
            if let Some(same) = own.and_then(|own| listed.get(&own)) {
                output.shape.clone_from(same);
            }
        }
    }

    /// Takes how long texts may be from their shapes' names, where API Gateway has put it:
    /// `StringWithLengthBetween1And128`. Empty ones it takes nevertheless, to remove what was set.
    fn read_lengths(&mut self) {
        let number = |text: &str| match text.strip_suffix('K') {
            Some(thousands) => thousands.parse().ok().map(|n: f64| n * 1024.0),
            None => text.parse().ok(),
        };
        for (name, shape) in &mut self.shapes {
            let lengths = name.split_once("WithLengthBetween").map(|(_, rest)| rest);
            if let Some((_, max)) = lengths.and_then(|lengths| lengths.split_once("And"))
                && shape.kind == "string"
            {
                shape.max = number(max);
            }
        }
    }

    /// Gives operations that share an input shape one each, since an input tells its operation.
    fn part_inputs(&mut self) {
        let mut taken = BTreeSet::new();
        for (name, operation) in &mut self.operations {
            let Some(input) = &mut operation.input else {
                continue;
            };
            if !taken.insert(input.shape.clone())
                && let Some(shape) = self.shapes.get(&input.shape).cloned()
            {
                input.shape = format!("{name}Input");
                self.shapes.insert(input.shape.clone(), shape);
            }
        }
    }
}

fn fetched(root: &Path) -> Result<PathBuf, String> {
    let folder = root.join("target").join(format!("botocore-{BOTOCORE}"));
    if folder.join("botocore/data").is_dir() {
        return Ok(folder);
    }
    let status = Command::new("python3")
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-compile",
        ])
        .args([
            "--disable-pip-version-check",
            "--root-user-action=ignore",
            "--target",
        ])
        .arg(&folder)
        .arg(format!("botocore=={BOTOCORE}"))
        .status()
        .map_err(|e| format!("python3 -m pip: {e}; install python3 with pip"))?;
    if status.success() {
        Ok(folder)
    } else {
        Err("pip could not fetch the API models".to_owned())
    }
}
