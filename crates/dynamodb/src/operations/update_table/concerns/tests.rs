use super::*;
use wire::dynamodb::{
    CreateGlobalSecondaryIndexAction, DeleteGlobalSecondaryIndexAction, GlobalSecondaryIndexUpdate,
    OnDemandThroughput, ProvisionedThroughput, SSESpecification, StreamSpecification, TableClass,
    UpdateGlobalSecondaryIndexAction, WarmThroughput,
};

/// A request with members by their names.
fn request(members: &str) -> UpdateTableInput {
    let mut input = UpdateTableInput::default();
    for member in members.split_whitespace() {
        set(&mut input, member);
    }
    input
}

fn set(input: &mut UpdateTableInput, member: &str) {
    let units = |units: i64| WarmThroughput {
        read_units_per_second: Some(units),
        write_units_per_second: None,
    };
    match member {
        "throughput" => input.provisioned_throughput = Some(ProvisionedThroughput::default()),
        "on-demand" => input.billing_mode = Some(BillingMode::PayPerRequest),
        "provisioned" => input.billing_mode = Some(BillingMode::Provisioned),
        "stream" => input.stream_specification = Some(StreamSpecification::default()),
        "encryption" => input.sse_specification = Some(SSESpecification::default()),
        "class" => input.table_class = Some(TableClass::Standard),
        "protection" => input.deletion_protection_enabled = Some(true),
        "warm" => input.warm_throughput = Some(units(1)),
        "no-warm" => input.warm_throughput = Some(WarmThroughput::default()),
        "ceilings" => {
            input.on_demand_throughput = Some(OnDemandThroughput {
                max_read_request_units: Some(1),
                max_write_request_units: None,
            });
        }
        "no-ceilings" => input.on_demand_throughput = Some(OnDemandThroughput::default()),
        "create" | "delete" | "update" => {
            let updates = input.global_secondary_index_updates.get_or_insert_default();
            updates.push(GlobalSecondaryIndexUpdate {
                create: (member == "create").then(CreateGlobalSecondaryIndexAction::default),
                delete: (member == "delete").then(DeleteGlobalSecondaryIndexAction::default),
                update: (member == "update").then(UpdateGlobalSecondaryIndexAction::default),
            });
        }
        "no-indexes" => input.global_secondary_index_updates = Some(Vec::new()),
        other => panic!("{other}"),
    }
}

/// What AWS's controller for Kubernetes has recorded of the service: findings DDB-TABLE-015, 174,
/// 382, 433 and 456.
#[test]
fn what_goes_together() {
    let only = |what: &'static str| Err(SchemaError::NotTheOnlyOperation(what));
    let encryption = || only("Server-Side Encryption modification");
    let class = || only("TableClass modification");
    let protection = || only("DeletionProtection modification");
    for (members, expected) in [
        ("", Err(SchemaError::NothingToUpdate)),
        ("no-indexes", Err(SchemaError::NothingToUpdate)),
        ("no-warm no-ceilings", Err(SchemaError::NothingToUpdate)),
        ("protection encryption", encryption()),
        ("encryption class throughput", encryption()),
        ("protection class", class()),
        ("protection on-demand", protection()),
        ("protection stream", protection()),
        ("protection create", protection()),
        ("warm protection", protection()),
        ("warm stream", only("WarmThroughput")),
        ("warm create", Err(SchemaError::IndexWithWarm)),
        ("ceilings stream", Err(SchemaError::OnDemandCombined)),
        ("throughput stream", Err(SchemaError::StreamWithThroughput)),
        (
            "provisioned throughput stream",
            Err(SchemaError::StreamWithThroughput),
        ),
        ("throughput delete", Err(SchemaError::IndexWithThroughput)),
        ("throughput create", Err(SchemaError::IndexWithThroughput)),
        ("stream create", Err(SchemaError::IndexWithStream)),
        ("on-demand stream", Ok(())),
        ("on-demand ceilings", Ok(())),
        ("on-demand create", Ok(())),
        ("provisioned throughput update", Ok(())),
        ("create update", Ok(())),
        ("no-warm protection", Ok(())),
        ("no-warm class", Ok(())),
        ("no-ceilings on-demand", Ok(())),
    ] {
        assert_eq!(
            Concerns::of(&request(members)).check(),
            expected,
            "{members}"
        );
    }
}
