//! CreateFunction.

use crate::code::{Source, Upload, check_size};
use crate::code_signing;
use crate::configuration::{self, Detail};
use crate::error::Error;
use crate::event_config;
use crate::lambda::{Lambda, in_network, on_target, pass_role};
use crate::layers;
use crate::publishing::{self, Imprint};
use crate::record::{self, FunctionRecord, Settings, Status, VersionRecord};
use crate::settings;
use crate::target::{LATEST, Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{CreateFunctionInput, FunctionConfiguration};

impl Operate<Lambda> for CreateFunctionInput {
    /// What is made with tags counts as having them already, and to give them is an action of its
    /// own ("Using tags on Lambda functions" and "Secure your functions by tag" of the guide).
    async fn requirements(
        &self,
        lambda: &Lambda,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        let tags = self.tags.iter().flatten();
        let tags = tags.map(|(key, value)| (key.as_str(), value.as_str()));
        let tagged = |requirement: Requirement| {
            let requirement = requirement.request_tags(tags.clone());
            requirement.resource_tags(tags.clone())
        };
        let create = on_target("lambda:CreateFunction", &target).into_iter();
        let create = create.map(|requirement| {
            tagged(in_network(requirement, self.vpc_config.as_ref()))
                .with("lambda:Layer", self.layers.iter().flatten())
                .with("lambda:CodeSigningConfigArn", &self.code_signing_config_arn)
        });
        let mut requirements: Vec<Requirement> = create.collect();
        if tags.clone().next().is_some() {
            let tag = on_target("lambda:TagResource", &target).into_iter();
            requirements.extend(tag.map(tagged));
        }
        requirements.push(pass_role(&self.role));
        requirements.extend(lambda.may_use_layers(self.layers.as_ref()).await?);
        // Code that is nowhere is refused by what reads it.
        let source = Source::of_function(&self.code).ok();
        requirements.extend(source.and_then(|source| source.requirement()));
        Ok(requirements)
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<FunctionConfiguration, Error> {
        let scope = Scope::of(permit.caller());
        let target = Target::parse(&scope, &self.function_name, None)?;
        let mut settings = settings::of_new(&self, &target.name)?;
        event_config::check_dead_letter(settings.dead_letter.as_deref())?;
        settings.layers = lambda
            .layers(&scope, self.layers.as_deref().unwrap_or(&[]))
            .await?;
        let tags = self.tags.unwrap_or_default();
        settings::check_tags(&tags)?;
        let code_signing = self.code_signing_config_arn;
        if let Some(arn) = &code_signing {
            code_signing::named(&lambda.0.store, &scope, arn).await?;
        }
        let upload = Source::of_function(&self.code)?;
        let upload = upload.read(&lambda.0.config.code_places).await?;
        lambda.check_role(&settings.role).await?;
        check_size(&upload.code, &settings.layers)?;
        lambda.0.code.add(&upload).await?;
        let function = &FunctionRecord {
            name: target.name.clone(),
            latest: new_version(lambda, settings, &upload),
            next_version: 1,
            tags,
            reserved_concurrency: None,
            recursive_loop: record::RecursiveLoop::default(),
            code_signing,
        };
        let publish = self.publish.unwrap_or_default();
        let published = create(lambda, &target, function, &upload, publish).await?;
        let key = record::function_key(&scope, &target.name);
        lambda.spawn_activation(target.clone(), &function.latest, key);
        let arn = target.function_arn().to_string();
        let (version, record) = match &published {
            None => (LATEST.to_owned(), &function.latest),
            Some(published) => {
                let key = record::version_key(&scope, &target.name, published.number);
                lambda.spawn_activation(target.clone(), &published.record, key);
                (published.number.to_string(), &published.record)
            }
        };
        let full = Detail::Full;
        let answer = configuration::of_version(&scope, &target.name, arn, &version, record, full);
        Ok(answer)
    }
}

fn new_version(lambda: &Lambda, settings: Settings, upload: &Upload) -> VersionRecord {
    VersionRecord {
        revision_id: lambda.0.entropy.uuid(),
        generation: lambda.next_generation(0),
        settings,
        code: upload.code.clone(),
        last_modified_ms: lambda.0.clock.now().as_millis(),
        status: Status::Creating,
    }
}

async fn create(
    lambda: &Lambda,
    target: &Target,
    function: &FunctionRecord,
    upload: &Upload,
    publish: bool,
) -> Result<Option<publishing::Published>, Error> {
    let key = &record::function_key(&target.scope, &target.name);
    let imprint = &Imprint {
        revision_id: lambda.0.entropy.uuid(),
        generation: function.latest.generation,
        description: None,
    };
    let store = &lambda.0.store;
    store
        .transact(|txn| async move {
            if txn.get(key).await?.is_some() {
                return Err(Error::FunctionExists(target.name.clone()));
            }
            layers::check_kept(&txn, &function.latest.settings.layers).await?;
            let mut function = function.clone();
            let mut published = None;
            if publish {
                let imprint = imprint.clone();
                published = Some(publishing::publish(&txn, target, &mut function, imprint).await?);
            }
            txn.put(key.clone(), kv::record::encode(&function));
            upload.put(&txn, &target.scope, &target.name);
            Ok(published)
        })
        .await
}
