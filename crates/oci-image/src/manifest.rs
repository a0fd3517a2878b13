//! The documents of an image, as far as they matter here (OCI image specification 1.1, and the
//! older `manifest.json` of `docker save`).

use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// A list of images or of an image's platforms.
#[derive(Debug, Deserialize)]
pub(crate) struct Index {
    pub manifests: Vec<Descriptor>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Descriptor {
    /// `sha256:` and hexadecimal digits.
    pub digest: String,
    pub platform: Option<Platform>,
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Platform {
    pub architecture: String,
    pub os: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Manifest {
    pub config: Descriptor,
    pub layers: Vec<Descriptor>,
}

/// What a digest in an index may stand for.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Document {
    Index(Index),
    Manifest(IgnoredAny),
}

/// An image in `manifest.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Saved {
    pub config: String,
    pub repo_tags: Option<Vec<String>>,
    pub layers: Vec<String>,
}

/// An image's configuration document.
#[derive(Debug, Deserialize)]
pub(crate) struct ConfigDocument {
    #[serde(flatten)]
    pub platform: Platform,
    #[serde(default)]
    pub config: Option<Config>,
    pub rootfs: RootFs,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RootFs {
    pub diff_ids: Vec<String>,
}

/// What an image says of the program to run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Config {
    pub entrypoint: Option<Vec<String>>,
    pub cmd: Option<Vec<String>>,
    /// `NAME=VALUE`
    pub env: Option<Vec<String>>,
    pub working_dir: Option<String>,
}

impl Descriptor {
    /// What an index calls this image: full names, or tags alone.
    pub fn has_tag(&self, tag: &str) -> bool {
        const NAMES: [&str; 2] = [
            "org.opencontainers.image.ref.name",
            "io.containerd.image.name",
        ];
        let mut names = NAMES.iter().filter_map(|key| self.annotations.get(*key));
        names.any(|name| is_tagged(name, tag))
    }
}

/// Whether `name`, a tag or a full name, has this tag.
pub(crate) fn is_tagged(name: &str, tag: &str) -> bool {
    let last = name.rsplit_once(':').map(|(_, last)| last);
    name == tag || last == Some(tag)
}
