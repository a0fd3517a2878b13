//! Finding one image in a layout, for the machine at hand.

use crate::blobs::{Blobs, Hashing, blob_path, missing};
use crate::manifest::{
    Config, ConfigDocument, Descriptor, Document, Index, Manifest, Platform, Saved, is_tagged,
};
use crate::reference::{Reference, is_digest};
use crate::unpack::{UnpackError, Unpacking};
use std::io;
use std::path::{Path, PathBuf};

/// How deep indexes name indexes.
const MAX_DEPTH: usize = 4;
const LATEST: &str = "latest";

/// An image, found and read but for its layers.
#[derive(Debug)]
pub struct Image {
    /// Of its manifest, or of its configuration where there is none; hexadecimal.
    pub digest: String,
    pub config: Config,
    blobs: Blobs,
    layers: Vec<Layer>,
}

/// A tar file, compressed or not.
#[derive(Debug)]
struct Layer {
    path: PathBuf,
    /// Hexadecimal.
    digest: String,
}

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    #[error("it is neither an OCI layout nor what docker save writes")]
    NoImage,
    #[error("there is no image with this tag or digest")]
    NoSuchImage,
    #[error("it has several images: a tag or a digest must say which")]
    Ambiguous,
    #[error("it has no image for {0}")]
    Platform(String),
    #[error("{0} is missing")]
    Missing(String),
    #[error("{0} does not have the digest that names it")]
    Damaged(String),
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
}

impl Image {
    /// Finds the image that a reference names. Reads files: not for threads that must not wait.
    pub fn find(reference: &Reference) -> Result<Image, ImageError> {
        let blobs = Blobs::open(&reference.path)?;
        let machine = machine();
        let Some(index) = blobs.document("index.json")? else {
            return saved(blobs, reference, &machine);
        };
        let digest = match &reference.digest {
            Some(digest) => platform_of(&blobs, digest, &machine, MAX_DEPTH)?,
            None => {
                let index: Index = parse(&index)?;
                choose(&blobs, index, reference.tag.as_deref(), &machine)?
            }
        };
        let manifest: Manifest = parse(&blobs.blob(&digest)?)?;
        let config = blobs.blob(&hexadecimal(&manifest.config.digest)?)?;
        let config = config_of(&config, &machine)?.config.unwrap_or_default();
        let layers = manifest.layers.iter().map(|layer| {
            let digest = hexadecimal(&layer.digest)?;
            let path = blob_path(&digest);
            Ok(Layer { path, digest })
        });
        Ok(Image {
            digest,
            config,
            layers: layers.collect::<Result<_, ImageError>>()?,
            blobs,
        })
    }

    /// Unpacks the layers, one over the other, into the folder `target`, which must not exist.
    /// Answers how many bytes its files have; `max_bytes` bounds what is written.
    ///
    /// # Errors
    /// What is in `target` then is of no use.
    pub fn unpack(&self, target: &Path, max_bytes: u64) -> Result<u64, UnpackError> {
        let mut unpacking = Unpacking::new(target, max_bytes)?;
        for layer in &self.layers {
            let file = self.blobs.file(&layer.path);
            let file = file.map_err(|error| missing(&layer.digest, error))?;
            let mut file = Hashing::new(file);
            unpacking.layer(&mut file)?;
            if file.finish()? != layer.digest {
                return Err(ImageError::Damaged(layer.digest.clone()).into());
            }
        }
        unpacking.finish()
    }
}

/// This machine, as images name it.
fn machine() -> Platform {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    Platform {
        architecture: architecture.to_owned(),
        os: "linux".to_owned(),
    }
}

fn no_platform(machine: &Platform) -> ImageError {
    ImageError::Platform(format!("{}/{}", machine.os, machine.architecture))
}

/// The digest of the only manifest that fits.
fn choose(
    blobs: &Blobs,
    index: Index,
    tag: Option<&str>,
    machine: &Platform,
) -> Result<String, ImageError> {
    let mut named = index.manifests;
    if let Some(tag) = tag {
        named.retain(|descriptor| descriptor.has_tag(tag));
    }
    if named.is_empty() {
        return Err(ImageError::NoSuchImage);
    }
    named.retain(|descriptor| suits(descriptor, machine));
    if tag.is_none() && named.len() > 1 {
        named.retain(|descriptor| descriptor.has_tag(LATEST));
        if named.is_empty() {
            return Err(ImageError::Ambiguous);
        }
    }
    let chosen = named.first().ok_or_else(|| no_platform(machine))?;
    platform_of(blobs, &hexadecimal(&chosen.digest)?, machine, MAX_DEPTH)
}

/// Indexes of several platforms name none.
fn suits(descriptor: &Descriptor, machine: &Platform) -> bool {
    let platform = descriptor.platform.as_ref();
    platform.is_none_or(|platform| platform == machine)
}

/// The digest of the manifest for this machine, of what an index or a manifest has for digest.
fn platform_of(
    blobs: &Blobs,
    digest: &str,
    machine: &Platform,
    depth: usize,
) -> Result<String, ImageError> {
    let document: Document = parse(&blobs.blob(digest)?)?;
    let Document::Index(index) = document else {
        return Ok(digest.to_owned());
    };
    let depth = depth.checked_sub(1).ok_or(ImageError::NoImage)?;
    let mut manifests = index.manifests.iter();
    let fitting = manifests.find(|descriptor| suits(descriptor, machine));
    let fitting = fitting.ok_or_else(|| no_platform(machine))?;
    platform_of(blobs, &hexadecimal(&fitting.digest)?, machine, depth)
}

/// The image in what older versions of `docker save` have written.
fn saved(blobs: Blobs, reference: &Reference, machine: &Platform) -> Result<Image, ImageError> {
    let manifest = blobs.document("manifest.json")?;
    let images: Vec<Saved> = parse(&manifest.ok_or(ImageError::NoImage)?)?;
    let is_named = |image: &&Saved| {
        let tags = || image.repo_tags.iter().flatten();
        let tag = reference.tag.as_ref();
        tag.is_none_or(|tag| tags().any(|name| is_tagged(name, tag)))
    };
    let mut named = images.iter().filter(is_named);
    let image = match (named.next(), named.next()) {
        (Some(image), None) => image,
        (None, _) => return Err(ImageError::NoSuchImage),
        (Some(_), Some(_)) => return Err(ImageError::Ambiguous),
    };
    let content = blobs.document(&image.config)?;
    let content = content.ok_or_else(|| ImageError::Missing(image.config.clone()))?;
    let digest = base::hex::encode(&<sha2::Sha256 as sha2::Digest>::digest(&content));
    if reference
        .digest
        .as_ref()
        .is_some_and(|given| *given != digest)
    {
        return Err(ImageError::NoSuchImage);
    }
    let document = config_of(&content, machine)?;
    if document.rootfs.diff_ids.len() != image.layers.len() {
        return Err(ImageError::NoImage);
    }
    let layers = image.layers.iter().zip(&document.rootfs.diff_ids);
    let layers = layers.map(|(path, digest)| {
        Ok(Layer {
            path: path.into(),
            digest: hexadecimal(digest)?,
        })
    });
    Ok(Image {
        layers: layers.collect::<Result<_, ImageError>>()?,
        config: document.config.unwrap_or_default(),
        digest,
        blobs,
    })
}

fn config_of(content: &[u8], machine: &Platform) -> Result<ConfigDocument, ImageError> {
    let document: ConfigDocument = parse(content)?;
    if document.platform != *machine {
        return Err(no_platform(machine));
    }
    Ok(document)
}

fn parse<'d, T: serde::Deserialize<'d>>(document: &'d [u8]) -> Result<T, ImageError> {
    serde_json::from_slice(document).map_err(|_| ImageError::NoImage)
}

/// The digits of a digest; no other than SHA-256 is known.
fn hexadecimal(digest: &str) -> Result<String, ImageError> {
    let digits = digest
        .strip_prefix("sha256:")
        .filter(|text| is_digest(text));
    digits.map(str::to_owned).ok_or(ImageError::NoImage)
}
