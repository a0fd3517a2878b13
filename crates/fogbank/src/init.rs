//! `fogbank init`: an administrator with keys of its own, for servers that others can reach.

use crate::cli::InitArgs;
use crate::error::CliError;
use crate::local;
use crate::stack::open_store;
use base::{Clock, Entropy, Region};
use iam::Iam;
use service::{Operate, perform};
use wire::Fault;
use wire::iam::{AttachUserPolicyInput, CreateAccessKeyInput, CreateUserInput};

const ADMINISTRATOR: &str = "admin";
const POLICY_ARN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// Makes the user if it is not there, and a new key for it; prints the key.
pub async fn run(arguments: &InitArgs) -> Result<(), CliError> {
    let store = open_store(&arguments.store)?;
    let (clock, entropy) = (Clock::system(), Entropy::system());
    let iam = Iam::new(store.clone(), clock.clone(), entropy.clone());
    let user_name = ADMINISTRATOR.to_owned();
    let user = CreateUserInput {
        user_name: user_name.clone(),
        ..Default::default()
    };
    match call(&iam, &clock, &entropy, user).await {
        Err(fault) if fault.is(&wire::iam::errors::ENTITY_ALREADY_EXISTS) => {}
        other => drop(other?),
    }
    let policy_arn = POLICY_ARN.to_owned();
    let attachment = AttachUserPolicyInput {
        user_name: user_name.clone(),
        policy_arn,
    };
    call(&iam, &clock, &entropy, attachment).await?;
    let key = CreateAccessKeyInput {
        user_name: Some(user_name),
    };
    let made = call(&iam, &clock, &entropy, key).await?;
    store
        .close()
        .map_err(|error| CliError::Store(error.to_string()))?;
    println!("# The key of the administrator `{ADMINISTRATOR}`. It is shown only now.");
    println!("export AWS_ACCESS_KEY_ID={}", made.access_key.access_key_id);
    println!(
        "export AWS_SECRET_ACCESS_KEY={}",
        made.access_key.secret_access_key
    );
    Ok(())
}

async fn call<I: Operate<Iam>>(
    iam: &Iam,
    clock: &Clock,
    entropy: &Entropy,
    input: I,
) -> Result<I::Output, Fault> {
    let caller = local::root(clock, entropy, Region::default_region());
    perform(iam, iam, caller, input).await
}
