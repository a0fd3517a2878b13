//! Code that is a container image in a layout on the machine.
//!
//! The layout is what lasts, as the store is for zips: the image is found in it again by its
//! digest, whatever has been given its tag since.

use super::Upload;
use crate::engine;
use crate::error::{Error, Invalid};
use crate::record::{Code, ImageCode, ImageProgram};
use oci_image::{Config, Image, ImageError, Reference, UnpackError};
use std::io;
use std::path::{Path, PathBuf};

/// As much as an image may have on AWS, uncompressed.
const MAX_IMAGE_BYTES: u64 = 10 << 30;

/// The image that a request names.
pub(super) async fn find(uri: &str, reference: Reference) -> Result<Upload, Error> {
    let uri = uri.to_owned();
    let found = tokio::task::spawn_blocking(move || {
        let image = Image::find(&reference).map_err(|error| of_image(&uri, error))?;
        Ok(Upload::image(code(uri, image)))
    });
    found.await.unwrap_or(Err(Error::Internal))
}

fn code(uri: String, image: Image) -> Code {
    let Config {
        entrypoint,
        cmd,
        env,
        working_dir,
    } = image.config;
    Code {
        sha256: image.digest,
        bytes: 0,
        chunks: 0,
        unzipped_bytes: 0,
        folder: None,
        image: Some(ImageCode {
            uri,
            program: ImageProgram {
                entry_point: entrypoint,
                command: cmd,
                working_directory: working_dir,
            },
            variables: env.unwrap_or_default(),
        }),
    }
}

/// Unpacks an image to `path`, in the folder `parent`. Reads and writes files: not for threads
/// that must not wait.
pub(super) fn unpack(code: &Code, parent: &Path, path: &Path) -> Result<(), Error> {
    let Some(ImageCode { uri, .. }) = &code.image else {
        return Err(Error::Internal);
    };
    let reference = Reference {
        digest: Some(code.sha256.clone()),
        ..reference(uri)?
    };
    let image = Image::find(&reference).map_err(|error| of_image(uri, error))?;
    let partial = tempfile::Builder::new().prefix(".").tempdir_in(parent);
    let partial = partial.map_err(of_disk)?;
    let root = partial.path().join("root");
    match image.unpack(&root, MAX_IMAGE_BYTES) {
        Ok(_) => super::name(&root, path).map_err(of_disk),
        Err(UnpackError::Io(error)) => Err(of_disk(error)),
        Err(UnpackError::Image(error)) => Err(of_image(uri, error)),
        Err(error @ (UnpackError::Layer | UnpackError::TooLarge(_))) => {
            Err(invalid(uri, &error).into())
        }
    }
}

/// What the engine runs: what the function says goes before what its image says.
pub(crate) fn program(image: ImageCode, config: Option<ImageProgram>) -> engine::ImageProgram {
    let ImageCode {
        program, variables, ..
    } = image;
    let config = config.unwrap_or_default();
    let entry_point = config.entry_point.or(program.entry_point);
    let command = config.command.or(program.command).unwrap_or_default();
    let handler = command.first().cloned().unwrap_or_default();
    let folder = config.working_directory.or(program.working_directory);
    let variables = variables.iter().filter_map(|text| text.split_once('='));
    engine::ImageProgram {
        handler,
        arguments: entry_point.into_iter().flatten().chain(command).collect(),
        working_directory: Path::new("/").join(folder.unwrap_or_default()),
        variables: variables
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    }
}

/// What stands for layers where an image brings extensions. Links might lead out of the image.
pub(crate) fn extensions_of(code: &Code, root: &Path) -> Option<PathBuf> {
    let opt = code.image.as_ref().map(|_| root.join("opt"))?;
    let folders = [opt.clone(), opt.join("extensions")];
    let is_folder = |path: &PathBuf| path.is_dir() && !path.is_symlink();
    folders.iter().all(is_folder).then_some(opt)
}

/// The URI as it is answered when the image has been found.
pub(crate) fn resolved_uri(uri: &str, code: &Code) -> String {
    match uri.parse::<Reference>() {
        Ok(reference) => format!("{}@sha256:{}", reference.path.display(), code.sha256),
        Err(_) => uri.to_owned(),
    }
}

/// Where the image is; refuses what is not on this machine.
pub(super) fn reference(uri: &str) -> Result<Reference, Invalid> {
    uri.parse()
        .map_err(|_| Invalid::ImageElsewhere(uri.to_owned()))
}

fn of_image(uri: &str, error: ImageError) -> Error {
    match error {
        ImageError::NoSuchImage => Invalid::NoImage(uri.to_owned()).into(),
        ImageError::Io(error) if error.kind() == io::ErrorKind::NotFound => {
            Invalid::NoImage(uri.to_owned()).into()
        }
        error => invalid(uri, &error).into(),
    }
}

fn invalid(uri: &str, reason: &dyn std::error::Error) -> Invalid {
    Invalid::Image {
        uri: uri.to_owned(),
        reason: reason.to_string(),
    }
}

fn of_disk(error: io::Error) -> Error {
    tracing::error!(%error, "an image cannot be unpacked");
    Error::Internal
}
