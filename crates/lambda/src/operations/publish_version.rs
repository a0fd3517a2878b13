//! PublishVersion.

use crate::catalog;
use crate::configuration::{self, Detail};
use crate::error::{Error, Invalid};
use crate::lambda::{Lambda, on_target};
use crate::publishing::{self, Imprint, Published};
use crate::record::{self, FunctionRecord};
use crate::target::{Qualifier, Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{FunctionConfiguration, PublishVersionInput};

impl Operate<Lambda> for PublishVersionInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        Ok(on_target("lambda:PublishVersion", &target))
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<FunctionConfiguration, Error> {
        let scope = &Scope::of(permit.caller());
        let target = &Target::parse(scope, &self.function_name, None)?;
        if self.publish_to.is_some() {
            return Err(Error::NotBuilt("Lambda: PublishTo is not built".to_owned()));
        }
        let key = &record::function_key(scope, &target.name);
        let latest_revision = &lambda.0.entropy.uuid();
        let imprint = &Imprint {
            revision_id: lambda.0.entropy.uuid(),
            generation: lambda.next_generation(0),
            description: self.description.clone(),
        };
        let input = &self;
        let store = &lambda.0.store;
        let published: Published = store
            .transact(|txn| async move {
                let mut function = catalog::named(&txn, target).await?;
                check(input, target, &function)?;
                let imprint = imprint.clone();
                let published = publishing::publish(&txn, target, &mut function, imprint).await?;
                function.latest.revision_id.clone_from(latest_revision);
                txn.put(key.clone(), kv::record::encode(&function));
                Ok::<_, Error>(published)
            })
            .await?;
        let Published { number, record } = published;
        Ok(configuration::of_version(
            scope,
            &target.name,
            target.qualified_arn(&Qualifier::Version(number)),
            &number.to_string(),
            &record,
            Detail::Full,
        ))
    }
}

fn check(
    input: &PublishVersionInput,
    target: &Target,
    function: &FunctionRecord,
) -> Result<(), Error> {
    Lambda::check_revision(input.revision_id.as_ref(), &function.latest.revision_id)?;
    Lambda::check_settled(target, function)?;
    let current = function.latest.code.sha256_answer();
    match &input.code_sha256 {
        Some(given) if !given.is_empty() && *given != current => {
            let given = given.clone();
            Err(Invalid::CodeSha256 { given, current }.into())
        }
        _ => Ok(()),
    }
}
