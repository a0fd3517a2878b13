//! UpdateFunctionConfiguration.

use crate::catalog;
use crate::code::check_size;
use crate::configuration::{self, Detail};
use crate::error::Error;
use crate::event_config;
use crate::lambda::{Lambda, in_network, on_target, pass_role};
use crate::layers;
use crate::record::{self, FunctionRecord, Status};
use crate::settings;
use crate::target::{LATEST, Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{FunctionConfiguration, UpdateFunctionConfigurationInput};

impl Operate<Lambda> for UpdateFunctionConfigurationInput {
    async fn requirements(
        &self,
        lambda: &Lambda,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        let update = on_target("lambda:UpdateFunctionConfiguration", &target).into_iter();
        let layers = self.layers.iter().flatten();
        let update = update.map(|requirement| {
            in_network(requirement, self.vpc_config.as_ref()).with("lambda:Layer", layers.clone())
        });
        let mut requirements: Vec<Requirement> = update.collect();
        requirements.extend(self.role.as_deref().map(pass_role));
        requirements.extend(lambda.may_use_layers(self.layers.as_ref()).await?);
        Ok(requirements)
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<FunctionConfiguration, Error> {
        let scope = &Scope::of(permit.caller());
        let target = &Target::parse(scope, &self.function_name, None)?.of_function()?;
        if let Some(role) = &self.role {
            lambda.check_role(role).await?;
        }
        let layers = match &self.layers {
            Some(arns) => Some(lambda.layers(scope, arns).await?),
            None => None,
        };
        let layers = &layers;
        let key = &record::function_key(scope, &target.name);
        let revision_id = &lambda.0.entropy.uuid();
        let generation = lambda.next_generation(0);
        let now_ms = lambda.0.clock.now().as_millis();
        let input = &self;
        let store = &lambda.0.store;
        let function: FunctionRecord = store
            .transact(|txn| async move {
                let mut function = catalog::named(&txn, target).await?;
                let latest = &mut function.latest;
                Lambda::check_revision(input.revision_id.as_ref(), &latest.revision_id)?;
                Lambda::check_settled(target, &function)?;
                let latest = &mut function.latest;
                latest.settings = settings::changed(latest.settings.clone(), input)?;
                event_config::check_dead_letter(latest.settings.dead_letter.as_deref())?;
                if let Some(layers) = layers {
                    layers::check_kept(&txn, layers).await?;
                    latest.settings.layers.clone_from(layers);
                }
                check_size(&latest.code, &latest.settings.layers)?;
                latest.revision_id.clone_from(revision_id);
                latest.generation = generation.max(latest.generation.saturating_add(1));
                latest.last_modified_ms = now_ms;
                latest.status = Status::Updating;
                txn.put(key.clone(), kv::record::encode(&function));
                Ok::<_, Error>(function)
            })
            .await?;
        lambda.spawn_activation(target.clone(), &function.latest, key.clone());
        if layers.is_some() {
            lambda.spawn_layer_sweep();
        }
        let (arn, full) = (target.arn(), Detail::Full);
        let latest = &function.latest;
        Ok(configuration::of_version(
            scope,
            &target.name,
            arn,
            LATEST,
            latest,
            full,
        ))
    }
}
