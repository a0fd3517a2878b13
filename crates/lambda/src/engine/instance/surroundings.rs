//! What an instance sees of the machine, where its log goes, and what lives as long as it does.

use super::{LAYERS_ROOT, TASK_ROOT};
use crate::engine::certificates::Trust;
use crate::engine::deployment::Deployment;
use crate::engine::environment::Authorities;
use crate::engine::host::Host;
use crate::runtimes::Launch;
use sandbox::{Confinement, Level};
use std::io;
use std::path::Path;
use tempfile::TempDir;
use tokio::task::JoinSet;

/// What lives as long as the process.
#[derive(Debug)]
pub(super) struct Surroundings {
    pub _relays: JoinSet<()>,
    pub _scratch: Scratch,
}

/// The folder for temporary files, where the sandbox gives none of its own.
#[derive(Debug)]
pub(super) struct Scratch(Option<TempDir>);

impl Scratch {
    pub fn make(host: &Host, work: &Path) -> io::Result<Scratch> {
        if host.sandbox.probe().level == Level::Sandbox {
            return Ok(Scratch(None));
        }
        let folder = tempfile::Builder::new()
            .prefix("instance-")
            .tempdir_in(work)?;
        Ok(Scratch(Some(folder)))
    }

    pub fn path(&self) -> Option<&Path> {
        self.0.as_ref().map(TempDir::path)
    }
}

/// What an instance sees and may use.
pub(super) fn confinement(
    deployment: &Deployment,
    launch: &Launch,
    scratch: Option<&Path>,
) -> Confinement {
    let megabytes = |number: u32| u64::from(number) << 20;
    let mut confinement = match deployment.image {
        Some(_) => Confinement::new().root(&deployment.code),
        None => Confinement::new().visible(&deployment.code, TASK_ROOT),
    };
    if let Some(layers) = &deployment.opt {
        confinement = confinement.visible(layers, LAYERS_ROOT);
    }
    let confinement = confinement
        .scratch(
            scratch.unwrap_or(Path::new("")),
            megabytes(deployment.scratch_mb),
        )
        .memory_bytes(megabytes(deployment.memory_mb));
    let visible = launch.visible.iter().cloned();
    visible.fold(confinement, |confinement, (from, to)| {
        confinement.visible(from, to)
    })
}

/// The folder with the certificates of whom functions trust.
const TRUST: &str = "/var/runtime/trust";
const TRUST_FILE: &str = "/var/runtime/trust/ca.pem";

/// Lets an instance see whom it is to trust. A container image has what it has.
pub(super) fn trusting(
    confinement: Confinement,
    deployment: &Deployment,
    trust: Option<&Trust>,
) -> (Confinement, Option<Authorities>) {
    let Some(trust) = trust.filter(|_| deployment.image.is_none()) else {
        return (confinement, None);
    };
    let authorities = match trust.has_system {
        true => Authorities::Instead(TRUST_FILE),
        false => Authorities::Besides(TRUST_FILE),
    };
    (confinement.visible(&trust.folder, TRUST), Some(authorities))
}

/// `2026/11/22/[$LATEST]0123456789abcdef0123456789abcdef`.
pub(super) fn log_stream(host: &Host, deployment: &Deployment) -> String {
    let now = host.clock.now().iso8601();
    let date = now.get(..10).unwrap_or_default().replace('-', "/");
    let id = u128::from_be_bytes(host.entropy.bytes());
    format!("{date}/[{}]{id:032x}", deployment.version)
}
