//! Carrying a plan out, one resource after the other, each step recorded before the next.

use crate::api::Api;
use crate::catalog;
use crate::error::TemplateError;
use crate::name;
use crate::plan::{self, Gone, Plan, PlanError, Step, decide};
use crate::progress::{Action, Event, Progress};
use crate::resources::{self, Birth, Failure, Wanted};
use crate::scope::{Made, Place, Scope};
use crate::stack::{Recorded, Stack, State};
use crate::template::Removal;
use base::Entropy;

/// A deployment under way.
pub(crate) struct Apply<'a, A> {
    pub api: &'a A,
    pub place: &'a Place,
    pub stack: Stack<'a>,
    pub entropy: &'a Entropy,
    pub progress: &'a Progress<'a>,
}

/// A resource whose step did not happen.
#[derive(Debug)]
pub(crate) struct Stopped {
    pub logical_id: String,
    pub type_name: String,
    pub failure: Failure,
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Failure {
        match error {
            PlanError::Template(error) => Failure::Template(error),
            PlanError::Store(error) => Failure::Store(error),
        }
    }
}

impl From<TemplateError> for Failure {
    fn from(error: TemplateError) -> Failure {
        Failure::Template(error)
    }
}

/// Records a resource the moment it exists.
struct Record<'r> {
    stack: &'r Stack<'r>,
    step: &'r Step<'r>,
    wanted: &'r Wanted,
    /// What the new resource stands in for, with the number its remains get.
    replaces: Option<(u64, &'r Recorded)>,
}

impl Birth for Record<'_> {
    async fn exists(&self, made: &Made) -> Result<(), Failure> {
        Ok(self.put(&self.record(made)).await?)
    }
}

impl Record<'_> {
    fn record(&self, made: &Made) -> Recorded {
        let mut record = Recorded::new(self.step.info.name, made, &self.wanted.properties);
        let package = self.step.package.as_ref();
        record.package_sha256 = package.map(|package| package.sha256.clone());
        record.depends_on.clone_from(&self.step.depends_on);
        record.retain = plan::retained(self.step.resource);
        record
    }

    async fn put(&self, record: &Recorded) -> Result<(), kv::Error> {
        let id = &self.step.resource.logical_id;
        match self.replaces {
            Some((sequence, old)) => self.stack.replace_resource(id, record, sequence, old).await,
            None => self.stack.put_resource(id, record).await,
        }
    }
}

impl<A: Api> Apply<'_, A> {
    /// Does all of it, and gives what was done.
    ///
    /// # Errors
    /// The first step that fails. What was done before stays done, and is recorded.
    pub async fn run<'t>(
        &self,
        plan: &Plan<'t>,
        scope: &mut Scope<'t>,
        state: &mut State,
    ) -> Result<Vec<(String, Action)>, Box<Stopped>> {
        let mut done = Vec::new();
        for step in &plan.steps {
            let id = &step.resource.logical_id;
            let action = self.step(step, scope, state).await.map_err(|failure| {
                let type_name = step.info.name;
                stopped(id, type_name, failure)
            })?;
            done.push((id.clone(), action));
        }
        for gone in &plan.gone {
            self.remove(gone, state).await?;
            done.push((gone.logical_id.clone(), gone.action));
        }
        self.remove_leftovers(state).await?;
        Ok(done)
    }

    async fn step<'t>(
        &self,
        step: &Step<'t>,
        scope: &mut Scope<'t>,
        state: &mut State,
    ) -> Result<Action, Failure> {
        let id = step.resource.logical_id.as_str();
        let (info, properties) = plan::properties(scope, step.resource)?;
        let recorded = state.resources.get(id).cloned();
        let (package, mark) = (step.package.as_ref(), step.resource.mark);
        let action = decide(info, recorded.as_ref(), &properties.value, package, mark)?;
        let name = match info.given_name(&properties.value) {
            Some(given) => given.to_owned(),
            None => {
                let longest = info.naming.as_ref().map(|naming| naming.max_length);
                name::made_up(&self.place.stack_name, id, longest, self.entropy)
            }
        };
        let wanted = Wanted {
            name,
            properties: properties.value,
            package: package.map(|package| package.bytes.clone()),
        };
        let type_name = info.name;
        if action != Action::Keep {
            self.progress.tell(Event::Started {
                logical_id: id,
                type_name,
                action,
            });
        }
        let record = self.change(step, action, recorded, &wanted, state).await?;
        scope.made(id, record.made());
        state.resources.insert(id.to_owned(), record);
        if action != Action::Keep {
            self.progress.tell(Event::Finished {
                logical_id: id,
                type_name,
                action,
            });
        }
        Ok(action)
    }

    /// Brings a resource to what is wanted, and records it.
    async fn change(
        &self,
        step: &Step<'_>,
        action: Action,
        recorded: Option<Recorded>,
        wanted: &Wanted,
        state: &mut State,
    ) -> Result<Recorded, Failure> {
        let mut birth = Record {
            stack: &self.stack,
            step,
            wanted,
            replaces: None,
        };
        let service = self.service();
        let kind = step.info.kind;
        let made = match (action, &recorded) {
            (Action::Keep, Some(old)) => {
                let mut record = birth.record(&old.made());
                record.complete = true;
                if record != *old {
                    birth.put(&record).await?;
                }
                return Ok(record);
            }
            (Action::Update, Some(old)) => {
                resources::update(kind, &service, &old.existing()?, wanted).await?
            }
            (Action::Replace, Some(old)) if step.resource.on_replace == Removal::Delete => {
                let sequence = next_sequence(state);
                state.leftovers.insert(sequence, old.clone());
                birth.replaces = Some((sequence, old));
                resources::create(kind, &service, wanted, &birth).await?
            }
            (_, remains) => {
                let incomplete = remains.as_ref().filter(|remains| !remains.complete);
                if let Some(remains) = incomplete {
                    self.delete(remains).await?;
                }
                resources::create(kind, &service, wanted, &birth).await?
            }
        };
        let mut record = birth.record(&made);
        record.complete = true;
        birth.put(&record).await?;
        Ok(record)
    }

    fn service(&self) -> resources::Step<'_, A> {
        resources::Step {
            api: self.api,
            place: self.place,
        }
    }

    async fn remove(&self, gone: &Gone, state: &mut State) -> Result<(), Box<Stopped>> {
        let id = gone.logical_id.as_str();
        let Some(recorded) = state.resources.remove(id) else {
            return Ok(());
        };
        let type_name = recorded.type_name.as_str();
        let action = gone.action;
        self.progress.tell(Event::Started {
            logical_id: id,
            type_name,
            action,
        });
        let removed = async {
            if action == Action::Delete {
                self.delete(&recorded).await?;
            }
            Ok(self.stack.forget_resource(id).await?)
        };
        removed
            .await
            .map_err(|failure| stopped(id, type_name, failure))?;
        self.progress.tell(Event::Finished {
            logical_id: id,
            type_name,
            action,
        });
        Ok(())
    }

    /// Removes what was replaced, last first.
    async fn remove_leftovers(&self, state: &mut State) -> Result<(), Box<Stopped>> {
        while let Some((sequence, recorded)) = state.leftovers.pop_last() {
            let removed = async {
                self.delete(&recorded).await?;
                Ok(self.stack.forget_leftover(sequence).await?)
            };
            let (id, type_name) = (recorded.reference.as_str(), recorded.type_name.as_str());
            removed
                .await
                .map_err(|failure| stopped(id, type_name, failure))?;
        }
        Ok(())
    }

    async fn delete(&self, recorded: &Recorded) -> Result<(), Failure> {
        match catalog::find(&recorded.type_name) {
            Some(info) => {
                let existing = recorded.existing()?;
                resources::delete(info.kind, &self.service(), &existing).await
            }
            None => {
                let what = format!("the removal of {}", recorded.type_name);
                let mark = crate::document::Mark::default();
                Err(Failure::Template(TemplateError::not_supported(mark, what)))
            }
        }
    }
}

fn stopped(logical_id: &str, type_name: &str, failure: Failure) -> Box<Stopped> {
    Box::new(Stopped {
        logical_id: logical_id.to_owned(),
        type_name: type_name.to_owned(),
        failure,
    })
}

fn next_sequence(state: &State) -> u64 {
    let last = state.leftovers.last_key_value();
    last.map_or(0, |(sequence, _)| sequence.saturating_add(1))
}
