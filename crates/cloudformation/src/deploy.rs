//! Deploying a template, from the file to the outputs.

use crate::api::Api;
use crate::apply::{Apply, Stopped};
use crate::deployed::Deployment;
use crate::document::{Mark, Source};
use crate::error::TemplateError;
use crate::global_table;
use crate::name::is_stack_name;
use crate::package::Packager;
use crate::plan::{self, Plan, PlanError};
use crate::progress::{Action, Event, Progress};
use crate::public_layers;
use crate::resources::Failure;
use crate::sam;
use crate::scope::{Place, Scope};
use crate::stack::{Header, Stack, State};
use crate::template::Template;
use crate::tools;
use base::{AccountId, Arn, Entropy, Region};
use kv::Store;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wire::Fault;

/// Names under which a folder's template is looked for, in this order.
const TEMPLATE_NAMES: [&str; 3] = ["template.yaml", "template.yml", "template.json"];

/// Where and how to deploy.
#[derive(Debug, Clone)]
pub struct Options {
    pub stack_name: String,
    pub account: AccountId,
    pub region: Region,
    /// Values for the template's parameters.
    pub parameters: BTreeMap<String, String>,
    /// A folder in which installed dependencies are kept between deployments.
    pub cache: PathBuf,
}

/// What a deployment works with, beside the template.
pub struct Deployer<'d, A> {
    /// Calls operations as the caller who deploys.
    pub api: &'d A,
    pub store: &'d Store,
    pub entropy: &'d Entropy,
    pub progress: Progress<'d>,
}

/// Why a deployment failed. The text shows the place in the template where there is one.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    #[error("{} has no template: expected {}", .0.display(), TEMPLATE_NAMES.join(", "))]
    NoTemplate(PathBuf),
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable {
        path: PathBuf,
        reason: std::io::Error,
    },
    #[error(
        "{0:?} cannot be a stack's name: it takes a letter, then letters, digits and hyphens, at \
         most 128 in all"
    )]
    StackName(String),
    #[error("{}", error.explain(template))]
    Template {
        template: Source,
        error: TemplateError,
    },
    /// A service refused; what was done before stays, and the next deployment goes on from there.
    #[error("{}", template.explain(*mark, &format!(
        "{logical_id} ({type_name}): {operation}: {fault}"
    )))]
    Refused {
        template: Source,
        mark: Mark,
        logical_id: String,
        type_name: String,
        operation: &'static str,
        fault: Fault,
    },
    #[error("{}", template.explain(*mark, &format!("{logical_id} ({type_name}): {reason}")))]
    Unsettled {
        template: Source,
        mark: Mark,
        logical_id: String,
        type_name: String,
        reason: String,
    },
    #[error("the stack's state cannot be kept: {0}")]
    Store(#[from] kv::Error),
}

/// The template that a path stands for: the file itself, or the one in the folder, which may be
/// what the CDK (for an app of one stack) or the Serverless Framework writes.
///
/// # Errors
/// [`DeployError::NoTemplate`] where there is none.
pub fn find_template(path: &Path) -> Result<PathBuf, DeployError> {
    if path.is_file() {
        return Ok(path.to_owned());
    }
    let candidates = TEMPLATE_NAMES.iter().map(|name| path.join(name));
    let found = candidates.into_iter().find(|candidate| candidate.is_file());
    let found = found.or_else(|| tools::find_template(path));
    found.ok_or_else(|| DeployError::NoTemplate(path.to_owned()))
}

impl<A: Api> Deployer<'_, A> {
    /// Brings the stack to what the template says. Without changes it does nothing.
    ///
    /// # Errors
    /// A template that cannot be deployed: nothing is done then. Or a step that a service refuses:
    /// the steps before it stay done.
    pub async fn deploy(
        &self,
        template: &Path,
        options: &Options,
    ) -> Result<Deployment, DeployError> {
        let text = tokio::fs::read_to_string(template).await;
        let text = text.map_err(|reason| DeployError::Unreadable {
            path: template.to_owned(),
            reason,
        })?;
        let source = Source::new(template.display().to_string(), text);
        let root = template.parent().unwrap_or(Path::new("."));
        self.deploy_source(&source, root, options).await
    }

    /// Deploys a template that is no file; `root` is what paths in it are relative to.
    ///
    /// # Errors
    /// As [`Deployer::deploy`].
    pub async fn deploy_source(
        &self,
        source: &Source,
        root: &Path,
        options: &Options,
    ) -> Result<Deployment, DeployError> {
        let fail = |error| DeployError::Template {
            template: source.clone(),
            error,
        };
        let stack = self.stack(options)?;
        let mut state = stack.load().await?;
        let place = self.place(options, state.header.as_ref());
        let mut remarks = Vec::new();
        let mut template = Template::parse(source, root, &mut remarks).map_err(fail)?;
        tools::adapt(&mut template, Path::new(source.name())).map_err(fail)?;
        for remark in remarks {
            let text = remark.explain(source);
            self.progress.tell(Event::Warning { text: &text });
        }
        let mut template = sam::transform(template, &place, &options.parameters).map_err(fail)?;
        global_table::rewrite(&mut template).map_err(fail)?;
        public_layers::rewrite(&mut template, &options.cache).map_err(fail)?;
        let mut scope = Scope::new(&template, &place, &options.parameters).map_err(fail)?;
        let packager = Packager {
            root,
            cache: &options.cache,
            progress: &self.progress,
        };
        let plan = plan::plan(&template, &mut scope, &state, &packager).await;
        let plan = plan.map_err(|error| match error {
            PlanError::Template(error) => fail(error),
            PlanError::Store(error) => DeployError::Store(error),
        })?;
        let changes = plan.changes();
        self.progress.tell(Event::Planned { changes });
        self.keep_header(&stack, &place, &mut state).await?;
        let apply = self.apply(&place, stack.clone());
        let done = apply.run(&plan, &mut scope, &mut state).await;
        let changes = done.map_err(|stopped| failed(source, &template, *stopped))?;
        let outputs = plan::outputs(&template, &scope).map_err(fail)?;
        let header = Header {
            id: place.stack_id.clone(),
            outputs: outputs.clone(),
        };
        if state.header.as_ref() != Some(&header) {
            stack.put_header(&header).await?;
        }
        Ok(Deployment::of(&state, header, changes)?)
    }

    /// Removes a stack and everything in it that is not to be retained.
    ///
    /// # Errors
    /// A step that a service refuses: the steps before it stay done.
    pub async fn remove(&self, options: &Options) -> Result<Vec<(String, Action)>, DeployError> {
        let stack = self.stack(options)?;
        let mut state = stack.load().await?;
        let place = self.place(options, state.header.as_ref());
        let template = Template::default();
        let nothing = BTreeMap::new();
        let source = Source::new(format!("the stack {}", options.stack_name), "");
        let fail = |error| DeployError::Template {
            template: source.clone(),
            error,
        };
        let mut scope = Scope::new(&template, &place, &nothing).map_err(fail)?;
        let plan = Plan::removal(&state);
        let changes = plan.changes();
        self.progress.tell(Event::Planned { changes });
        let apply = self.apply(&place, stack.clone());
        let done = apply.run(&plan, &mut scope, &mut state).await;
        let done = done.map_err(|stopped| failed(&source, &template, *stopped))?;
        stack.forget_header().await?;
        Ok(done)
    }

    fn stack<'s>(&'s self, options: &'s Options) -> Result<Stack<'s>, DeployError> {
        if !is_stack_name(&options.stack_name) {
            return Err(DeployError::StackName(options.stack_name.clone()));
        }
        Ok(Stack {
            store: self.store,
            account: options.account,
            region: &options.region,
            name: &options.stack_name,
        })
    }

    fn place(&self, options: &Options, header: Option<&Header>) -> Place {
        let stack_id = match header {
            Some(header) => header.id.clone(),
            None => {
                let resource = format!("stack/{}/{}", options.stack_name, self.entropy.uuid());
                let (region, account) = (&options.region, options.account);
                Arn::regional("cloudformation", region, account, &resource).to_string()
            }
        };
        Place {
            region: options.region.to_string(),
            account_id: options.account.to_string(),
            stack_name: options.stack_name.clone(),
            stack_id,
        }
    }

    /// A stack has its id from the start.
    async fn keep_header(
        &self,
        stack: &Stack<'_>,
        place: &Place,
        state: &mut State,
    ) -> Result<(), DeployError> {
        if state.header.is_none() {
            let header = Header {
                id: place.stack_id.clone(),
                outputs: BTreeMap::new(),
            };
            stack.put_header(&header).await?;
            state.header = Some(header);
        }
        Ok(())
    }

    fn apply<'a>(&'a self, place: &'a Place, stack: Stack<'a>) -> Apply<'a, A> {
        Apply {
            api: self.api,
            place,
            stack,
            entropy: self.entropy,
            progress: &self.progress,
        }
    }
}

/// Gives a failed step its place in the template.
fn failed(source: &Source, template: &Template, stopped: Stopped) -> DeployError {
    let Stopped {
        logical_id,
        type_name,
        failure,
    } = stopped;
    let resource = template.resource(&logical_id);
    let mark = resource.map(|resource| resource.mark).unwrap_or_default();
    let template = source.clone();
    match failure {
        Failure::Refused { operation, fault } => DeployError::Refused {
            template,
            mark,
            logical_id,
            type_name,
            operation,
            fault,
        },
        Failure::Unsettled(reason) => DeployError::Unsettled {
            template,
            mark,
            logical_id,
            type_name,
            reason,
        },
        Failure::Template(error) => DeployError::Template { template, error },
        Failure::Store(error) => DeployError::Store(error),
    }
}
