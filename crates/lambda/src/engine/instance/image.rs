//! The program of a function that is a container image.

use crate::engine::deployment::{Deployment, ImageProgram};
use crate::engine::host::Host;
use crate::runtimes::{Argument, Launch};
use oci_image::find_program;
use sandbox::Level;
use std::path::{Path, PathBuf};

/// Where programs are looked for in images that do not say it.
const USUAL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// How to start an image's program; says why it cannot be.
pub(super) fn launch(
    host: &Host,
    deployment: &Deployment,
    image: &ImageProgram,
) -> Result<Launch, String> {
    if host.sandbox.probe().level != Level::Sandbox {
        return Err(
            "a container image needs a root of its own, which this machine gives only at \
                    the isolation level sandbox"
                .to_owned(),
        );
    }
    let (name, arguments) = image
        .arguments
        .split_first()
        .ok_or("the image has neither an entry point nor a command")?;
    let own = deployment.variables.get("PATH");
    let path = own.or_else(|| image.variables.get("PATH"));
    let path = path.map_or(USUAL_PATH, String::as_str);
    let found = find_program(&deployment.code, &image.working_directory, name, path);
    let found = found.ok_or_else(|| format!("fork/exec {name}: no such file or directory"))?;
    Ok(Launch {
        program: beside(&deployment.code, &found),
        args: arguments.iter().cloned().map(Argument::Text).collect(),
        visible: Vec::new(),
        path: None,
        remark: None,
    })
}

/// The folder of the machine where a deployment's program starts.
pub(super) fn working_folder(deployment: &Deployment) -> PathBuf {
    match &deployment.image {
        Some(image) => beside(&deployment.code, &image.working_directory),
        None => deployment.code.clone(),
    }
}

/// What an image has at an absolute path, as the machine names it.
fn beside(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}
