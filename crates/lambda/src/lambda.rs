//! The service: what its operations share.

use crate::catalog::{self, Found};
use crate::code;
use crate::code::hot::Watched;
use crate::code::{CodeFolder, CodePlaces};
use crate::engine::{
    Deployment, Egress, Engine, EngineConfig, Host, Initialization, LogFormat as EngineLogFormat,
    Logging, Spares, Zygotes,
};
use crate::error::Error;
use crate::event_source::Pollers;
use crate::permissions::ParsedPolicies;
use crate::queue::EventQueue;
use crate::record::{Code, FunctionRecord, LogFormat, Settings, SnapStart, Status};
use crate::reserved_concurrency::Reservations;
use crate::runtimes::{Progress, Runtimes};
use crate::target::{LATEST, Scope, Target};
use base::{Clock, Entropy};
use bytes::Bytes;
use kv::Store;
use sandbox::Sandbox;
use service::{Authorizer, Caller, ChangeStreams, LogSink, OwnHosts, Requirement, RoleSessions};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use wire::lambda::VpcConfig;

/// The service's settings.
#[derive(Clone, Debug)]
pub struct LambdaConfig {
    /// Where unpacked code and the instances' temporary files lie. Nothing there has to last.
    pub work: PathBuf,
    /// What functions get as `AWS_ENDPOINT_URL`, and the beginning of `Code.Location`.
    pub endpoint: String,
    /// Where functions that have a network of their own are connected to when they call it.
    pub entrance: SocketAddr,
    /// How long an instance stays without a request.
    pub idle_timeout: Duration,
    /// Invocations that may run at once, of an account in a region.
    pub concurrency: usize,
    /// Instances that may be kept ready for requests to come.
    pub spares: usize,
    /// Where functions may connect to.
    pub egress: Arc<Egress>,
    /// The names by which they know this server.
    pub own_hosts: Arc<dyn OwnHosts>,
    /// Where their code may be, when it is not in a request.
    pub code_places: CodePlaces,
}

/// What the service is made of.
pub struct Parts {
    pub store: Store,
    pub sandbox: Sandbox,
    pub runtimes: Arc<Runtimes>,
    pub roles: Arc<dyn RoleSessions>,
    pub logs: Arc<dyn LogSink>,
    pub streams: Arc<dyn ChangeStreams>,
    pub authorizer: Arc<dyn Authorizer>,
    pub clock: Clock,
    pub entropy: Entropy,
    /// Hears how SDKs are installed.
    pub provisioning: Provisioning,
    pub config: LambdaConfig,
}

/// Hears the steps of installing an SDK.
pub type Provisioning = Arc<dyn Fn(Progress) + Send + Sync>;

/// AWS Lambda. Clones are handles on the same service.
#[derive(Clone)]
pub struct Lambda(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub store: Store,
    pub engine: Engine,
    pub runtimes: Arc<Runtimes>,
    pub code: CodeFolder,
    pub watched: Watched,
    pub roles: Arc<dyn RoleSessions>,
    pub logs: Arc<dyn LogSink>,
    pub streams: Arc<dyn ChangeStreams>,
    pub pollers: Pollers,
    pub authorizer: Arc<dyn Authorizer>,
    pub clock: Clock,
    pub entropy: Entropy,
    pub provisioning: Provisioning,
    pub config: LambdaConfig,
    pub queue: EventQueue,
    pub policies: ParsedPolicies,
    /// Changes whenever a version has become ready.
    pub ready: watch::Sender<u64>,
    pub reservations: Reservations,
    pub downloads: Mutex<BTreeMap<String, Download>>,
    /// Whose turn it is to tell the engine of provisioned instances.
    pub providing: tokio::sync::Mutex<()>,
}

/// Code that may be fetched by whoever knows its token.
#[derive(Clone, Debug)]
pub(crate) struct Download {
    pub scope: Scope,
    pub name: String,
    pub code: Code,
    pub until_ms: i64,
}

/// As long as AWS's links to code work.
const DOWNLOAD_LIFE: Duration = Duration::from_secs(600);
const MAX_DOWNLOADS: usize = 1000;
/// How long an invocation waits for a function that is being created.
const READY_LIMIT: Duration = Duration::from_secs(300);

impl Lambda {
    /// The service over what is in the store. Takes up what an earlier run has left unfinished:
    /// functions being created, events that wait. To be called within a Tokio runtime.
    ///
    /// # Errors
    /// The work folder cannot be made.
    pub fn new(parts: Parts) -> io::Result<Lambda> {
        let work = parts.config.work.join("instances");
        // What a killed server has left.
        let _ = std::fs::remove_dir_all(&work);
        std::fs::create_dir_all(&work)?;
        let code = CodeFolder::open(parts.config.work.join("code"))?;
        let engine = Engine::new(Host {
            zygotes: Zygotes::new(parts.sandbox.clone(), Arc::clone(&parts.runtimes)),
            sandbox: parts.sandbox,
            runtimes: Arc::clone(&parts.runtimes),
            roles: Arc::clone(&parts.roles),
            logs: Arc::clone(&parts.logs),
            clock: parts.clock.clone(),
            entropy: parts.entropy.clone(),
            spares: Spares::new(parts.config.spares),
            trust: OnceLock::new(),
            config: EngineConfig {
                idle_timeout: parts.config.idle_timeout,
                work,
                endpoint: parts.config.endpoint.clone(),
                entrance: parts.config.entrance,
                egress: Arc::clone(&parts.config.egress),
                own_hosts: Arc::clone(&parts.config.own_hosts),
            },
        });
        let lambda = Lambda(Arc::new(Inner {
            store: parts.store,
            engine,
            runtimes: parts.runtimes,
            code,
            watched: Watched::default(),
            roles: parts.roles,
            logs: parts.logs,
            streams: parts.streams,
            pollers: Pollers::default(),
            authorizer: parts.authorizer,
            clock: parts.clock,
            entropy: parts.entropy,
            provisioning: parts.provisioning,
            config: parts.config,
            queue: EventQueue::default(),
            policies: ParsedPolicies::default(),
            ready: watch::channel(0).0,
            reservations: Reservations::default(),
            downloads: Mutex::default(),
            providing: tokio::sync::Mutex::default(),
        }));
        lambda.spawn_resumption();
        lambda.spawn_dispatcher();
        lambda.spawn_pollers();
        Ok(lambda)
    }

    /// Ends all instances; requests that still run are cut off. Events stay in the store.
    pub async fn stop(&self) {
        self.0.queue.stop();
        self.0.pollers.wake();
        self.0.engine.stop().await;
    }

    /// The zip behind a `Code.Location`, by the token at its end; `None` if there is no such link
    /// or it has expired.
    pub async fn download(&self, token: &str) -> Option<Bytes> {
        let now = self.0.clock.now().as_millis();
        let download = {
            let downloads = self
                .0
                .downloads
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            downloads.get(token).filter(|d| d.until_ms > now).cloned()?
        };
        let Download {
            scope, name, code, ..
        } = download;
        code.read(&self.0.store, &scope, &name).await.ok()
    }

    /// Makes a link to code that nobody can guess.
    pub(crate) fn download_link(&self, scope: &Scope, name: &str, code: &Code) -> String {
        let now = self.0.clock.now();
        let token = self.0.entropy.base62(43);
        let mut downloads = self
            .0
            .downloads
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        downloads.retain(|_, download| download.until_ms > now.as_millis());
        if downloads.len() >= MAX_DOWNLOADS {
            let oldest = downloads
                .iter()
                .min_by_key(|(_, download)| download.until_ms);
            let oldest = oldest.map(|(token, _)| token.clone());
            oldest.and_then(|token| downloads.remove(&token));
        }
        let download = Download {
            scope: scope.clone(),
            name: name.to_owned(),
            code: code.clone(),
            until_ms: now.saturating_add(DOWNLOAD_LIFE).as_millis(),
        };
        downloads.insert(token.clone(), download);
        format!("{}/_fogbank/lambda/code/{token}", self.0.config.endpoint)
    }

    /// The next generation after `before`: grows also where a function is made anew.
    pub(crate) fn next_generation(&self, before: u64) -> u64 {
        let now = u64::try_from(self.0.clock.now().as_millis()).unwrap_or(0);
        now.max(before.saturating_add(1))
    }

    /// The version that a request means, once it is ready.
    pub(crate) async fn ready_version(&self, target: &Target) -> Result<Found, Error> {
        let mut changes = self.0.ready.subscribe();
        let wait = async {
            loop {
                changes.mark_unchanged();
                let found = catalog::resolve(&self.0.store, target, Some(&self.0.entropy)).await?;
                if found.record.status != Status::Creating {
                    return Ok(found);
                }
                if changes.changed().await.is_err() {
                    return Err(Error::Stopping);
                }
            }
        };
        let waited = tokio::time::timeout(READY_LIMIT, wait).await;
        waited.unwrap_or_else(|_| Err(Error::Pending(target.arn())))
    }

    /// What the engine runs for a version.
    pub(crate) async fn deployment(
        &self,
        target: &Target,
        found: &Found,
    ) -> Result<Deployment, Error> {
        let Found {
            function,
            version,
            record,
        } = found;
        let store = &self.0.store;
        let code = self
            .0
            .code
            .get(store, &target.scope, &target.name, &record.code)
            .await?;
        let Settings {
            runtime,
            handler,
            role,
            timeout_s,
            memory_mb,
            ephemeral_storage_mb,
            variables,
            logging,
            layers,
            snap_start,
            image_config,
            ..
        } = record.settings.clone();
        let image = record.code.image.clone();
        let image = image.map(|image| code::image::program(image, image_config));
        let changes = match &record.code.folder {
            Some(folder) => self.0.watched.changes(folder).await,
            None => 0,
        };
        Ok(Deployment {
            function_arn: target.function_arn(),
            account: target.scope.account,
            region: target.scope.region.clone(),
            function_name: target.name.clone(),
            version: version.clone(),
            generation: record.generation.saturating_add(changes),
            runtime,
            handler,
            initialization: match snap_start {
                SnapStart::PublishedVersions if version != LATEST => Initialization::SnapStart,
                _ => Initialization::OnDemand,
            },
            role_arn: role,
            timeout: Duration::from_secs(timeout_s.into()),
            memory_mb,
            scratch_mb: ephemeral_storage_mb,
            variables: variables.unwrap_or_default(),
            logging: Logging {
                group: logging.group,
                format: match logging.format {
                    LogFormat::Text => EngineLogFormat::Text,
                    LogFormat::Json { application, .. } => EngineLogFormat::Json {
                        application_level: application,
                    },
                },
            },
            image,
            opt: match layers.is_empty() {
                true => code::image::extensions_of(&record.code, &code),
                false => Some(self.0.code.merged(store, &layers).await?),
            },
            code,
            reserved_concurrency: function.reserved_concurrency,
            unreserved_concurrency: self.unreserved_concurrency(&target.scope).await?,
        })
    }

    /// Refuses a change while another is under way.
    pub(crate) fn check_settled(target: &Target, function: &FunctionRecord) -> Result<(), Error> {
        match function.latest.status {
            Status::Ready => Ok(()),
            Status::Creating => Err(Error::Pending(target.function_arn().to_string())),
            Status::Updating => Err(Error::UpdateInProgress(target.function_arn().to_string())),
        }
    }

    /// Refuses a change that was made for another revision.
    pub(crate) fn check_revision(given: Option<&String>, latest: &str) -> Result<(), Error> {
        match given {
            Some(given) if given != latest => {
                Err(Error::StaleRevision(crate::error::Revised::Function))
            }
            _ => Ok(()),
        }
    }

    /// Refuses a role that Lambda cannot assume.
    pub(crate) async fn check_role(&self, role: &str) -> Result<(), Error> {
        let answer = self
            .0
            .roles
            .may_assume(role, crate::engine::LAMBDA_PRINCIPAL)
            .await;
        match answer {
            Ok(()) => Ok(()),
            Err(service::AssumeError::Unavailable(fault)) => {
                tracing::error!(%fault, "a role could not be looked at");
                Err(Error::Internal)
            }
            Err(_) => Err(crate::error::Invalid::Role.into()),
        }
    }
}

/// The requirement to hand a role to Lambda.
pub(crate) fn pass_role(role: &str) -> Requirement {
    Requirement::new("iam:PassRole", role)
        .with("iam:PassedToService", [crate::engine::LAMBDA_PRINCIPAL])
}

/// Adds the condition keys of the network that a request puts a function into. The network's own
/// key, `lambda:VpcIds`, needs to know which subnets are whose.
pub(crate) fn in_network(requirement: Requirement, network: Option<&VpcConfig>) -> Requirement {
    let subnets = network.and_then(|network| network.subnet_ids.as_ref());
    let groups = network.and_then(|network| network.security_group_ids.as_ref());
    requirement
        .with("lambda:SubnetIds", subnets.into_iter().flatten())
        .with("lambda:SecurityGroupIds", groups.into_iter().flatten())
}

/// The requirement of an action on what a request names.
pub(crate) fn on_target(action: &'static str, target: &Target) -> Vec<Requirement> {
    vec![Requirement::new(action, target.arn())]
}

impl service::Service for Lambda {
    type Error = Error;

    async fn describe(
        &self,
        caller: &Caller,
        mut requirement: Requirement,
    ) -> Result<Requirement, Error> {
        let scope = Scope::of(caller);
        requirement.add_resource_tags(self.tags_of(&scope, &requirement.resource).await?);
        Ok(requirement)
    }
}
