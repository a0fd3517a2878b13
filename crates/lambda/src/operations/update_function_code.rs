//! UpdateFunctionCode.

use crate::catalog;
use crate::code::{Source, Upload, check_size};
use crate::configuration::{self, Detail};
use crate::error::{Error, Invalid};
use crate::lambda::{Lambda, on_target};
use crate::publishing::{self, Imprint, Published};
use crate::record::{self, Code, FunctionRecord, Status, VersionRecord};
use crate::settings;
use crate::target::{LATEST, Qualifier, Scope, Target};
use kv::{Order, Txn};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{FunctionCode, FunctionConfiguration, UpdateFunctionCodeInput};

impl Operate<Lambda> for UpdateFunctionCodeInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        let mut requirements = on_target("lambda:UpdateFunctionCode", &target);
        // Code that is nowhere is refused by what reads it.
        let code = code_of(self);
        let source = Source::of_function(&code).ok();
        requirements.extend(source.and_then(|source| source.requirement()));
        Ok(requirements)
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<FunctionConfiguration, Error> {
        let scope = &Scope::of(permit.caller());
        let target = &Target::parse(scope, &self.function_name, None)?.of_function()?;
        let code = code_of(&self);
        let source = Source::of_function(&code)?;
        // A function that does not exist is told before code that cannot be had or unpacked.
        let function = catalog::named(&lambda.0.store, target).await?;
        check_package(&function.latest.code, &source)?;
        let upload = &source.read(&lambda.0.config.code_places).await?;
        lambda.0.code.add(upload).await?;
        let change = &Change::new(lambda);
        let input = &self;
        let changed: Changed = lambda
            .0
            .store
            .transact(|txn| async move { update(&txn, target, input, upload, change).await })
            .await?;
        if input.dry_run != Some(true) {
            activate(lambda, target, &changed);
        }
        let (arn, version, record) = match &changed.published {
            None => (target.arn(), LATEST.to_owned(), &changed.function.latest),
            Some(Published { number, record }) => {
                let arn = target.qualified_arn(&Qualifier::Version(*number));
                (arn, number.to_string(), record)
            }
        };
        let full = Detail::Full;
        Ok(configuration::of_version(
            scope,
            &target.name,
            arn,
            &version,
            record,
            full,
        ))
    }
}

/// A function stays with the kind of package that it was created with.
fn check_package(code: &Code, source: &Source<'_>) -> Result<(), Error> {
    match (&code.image, source) {
        (Some(_), Source::Image(_)) => Ok(()),
        (Some(_), _) => Err(Invalid::ZipForImageFunction.into()),
        (None, Source::Image(_)) => Err(Invalid::ImageUriForZipFunction.into()),
        (None, _) => Ok(()),
    }
}

/// The code as requests for new functions bring it.
fn code_of(input: &UpdateFunctionCodeInput) -> FunctionCode {
    FunctionCode {
        zip_file: input.zip_file.clone(),
        s3_bucket: input.s3_bucket.clone(),
        s3_key: input.s3_key.clone(),
        s3_object_version: input.s3_object_version.clone(),
        image_uri: input.image_uri.clone(),
        ..FunctionCode::default()
    }
}

/// What is decided before the transaction, which may run more than once.
struct Change {
    revision_id: String,
    version_revision_id: String,
    /// For a function whose own is not higher already.
    generation: u64,
    now_ms: i64,
}

impl Change {
    fn new(lambda: &Lambda) -> Change {
        Change {
            revision_id: lambda.0.entropy.uuid(),
            version_revision_id: lambda.0.entropy.uuid(),
            generation: lambda.next_generation(0),
            now_ms: lambda.0.clock.now().as_millis(),
        }
    }
}

struct Changed {
    function: FunctionRecord,
    published: Option<Published>,
}

async fn update(
    txn: &Txn,
    target: &Target,
    input: &UpdateFunctionCodeInput,
    upload: &Upload,
    change: &Change,
) -> Result<Changed, Error> {
    let mut function = catalog::named(txn, target).await?;
    Lambda::check_revision(input.revision_id.as_ref(), &function.latest.revision_id)?;
    Lambda::check_settled(target, &function)?;
    check_size(&upload.code, &function.latest.settings.layers)?;
    let old = std::mem::replace(&mut function.latest.code, upload.code.clone());
    let latest = &mut function.latest;
    latest.revision_id.clone_from(&change.revision_id);
    latest.generation = change.generation.max(latest.generation.saturating_add(1));
    latest.last_modified_ms = change.now_ms;
    latest.status = Status::Updating;
    if input.architectures.is_some() {
        latest.settings.architecture = settings::architecture(input.architectures.as_deref());
    }
    if input.dry_run == Some(true) {
        let published = None;
        return Ok(Changed {
            function,
            published,
        });
    }
    if old != upload.code {
        forget_unused(txn, target, &old).await?;
        upload.put(txn, &target.scope, &target.name);
    }
    let mut published = None;
    if input.publish == Some(true) {
        published = Some(publish(txn, target, &mut function, change).await?);
    }
    let key = record::function_key(&target.scope, &target.name);
    txn.put(key, kv::record::encode(&function));
    Ok(Changed {
        function,
        published,
    })
}

/// The new version is being created while `$LATEST` is being updated.
async fn publish(
    txn: &Txn,
    target: &Target,
    function: &mut FunctionRecord,
    change: &Change,
) -> Result<Published, Error> {
    let imprint = Imprint {
        revision_id: change.version_revision_id.clone(),
        generation: function.latest.generation,
        description: None,
    };
    let status = std::mem::replace(&mut function.latest.status, Status::Creating);
    let published = publishing::publish(txn, target, function, imprint).await;
    function.latest.status = status;
    published
}

/// Deletes code that no published version has.
async fn forget_unused(txn: &Txn, target: &Target, old: &Code) -> Result<(), Error> {
    let range = record::versions(&target.scope, &target.name);
    let versions: Vec<VersionRecord> = catalog::collect(txn.scan(range, Order::Ascending)).await?;
    if versions.iter().all(|version| version.code != *old) {
        old.delete(txn, &target.scope, &target.name);
    }
    Ok(())
}

fn activate(lambda: &Lambda, target: &Target, changed: &Changed) {
    let key = record::function_key(&target.scope, &target.name);
    lambda.spawn_activation(target.clone(), &changed.function.latest, key);
    if let Some(Published { number, record }) = &changed.published {
        let key = record::version_key(&target.scope, &target.name, *number);
        lambda.spawn_activation(target.clone(), record, key);
    }
}
