use super::backups::items;
use super::*;
use base64::Engine as _;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use md5::{Digest, Md5};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/abc";

/// A world whose buckets are in a folder of its own, with a table that can be exported.
async fn world() -> (World, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let world = World::with(Store::in_memory(), options(&folder));
    world.table("abc", None).await;
    let specification = json!({"PointInTimeRecoveryEnabled": true});
    let input = json!({"TableName": "abc", "PointInTimeRecoverySpecification": specification});
    world.ok("UpdateContinuousBackups", input).await;
    (world, folder)
}

fn options(folder: &TempDir) -> Options {
    Options {
        s3_folder: folder.path().to_owned(),
        ..Options::default()
    }
}

/// Items of every type.
fn samples() -> Vec<Value> {
    vec![
        json!({"p": s("1"), "n": n("-12.5"), "b": {"B": "AQI="}, "t": {"BOOL": true}, "x": {"NULL": true}}),
        json!({"p": s("2"), "l": {"L": [s("a"), n(1)]}, "m": {"M": {"a b": s("\"quoted\"\n")}}}),
        json!({"p": s("3"), "ss": {"SS": ["a", "b"]}, "ns": {"NS": ["1", "2"]}, "bs": {"BS": ["AQ=="]}}),
    ]
}

async fn export(world: &World, more: Value) -> Value {
    let mut input = json!({"TableArn": ARN, "S3Bucket": "bucket", "S3Prefix": "my/exports"});
    input
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let answer = world.ok("ExportTableToPointInTime", input).await["ExportDescription"].clone();
    assert_eq!(answer["ExportStatus"], json!("IN_PROGRESS"));
    world.service.settle().await.unwrap();
    let arn = json!({"ExportArn": answer["ExportArn"]});
    world.ok("DescribeExport", arn).await["ExportDescription"].clone()
}

fn object(folder: &TempDir, key: &str) -> Vec<u8> {
    std::fs::read(folder.path().join("bucket").join(key)).unwrap_or_else(|_| panic!("{key}"))
}

/// The lines of the only data file that an export lists.
fn data(folder: &TempDir, manifest: &str) -> Vec<String> {
    let listed: Value = serde_json::from_slice(&object(folder, manifest)).unwrap();
    let content = object(folder, listed["dataFileS3Key"].as_str().unwrap());
    let sum = base64::engine::general_purpose::STANDARD.encode(Md5::digest(&content));
    assert_eq!(listed["md5Checksum"], json!(sum));
    let mut text = String::new();
    GzDecoder::new(&content[..])
        .read_to_string(&mut text)
        .unwrap();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    assert_eq!(listed["itemCount"], json!(lines.len()));
    lines
}

async fn import(world: &World, name: &str, more: Value) -> Value {
    let mut input = json!({
        "S3BucketSource": {"S3Bucket": "bucket"},
        "InputFormat": "DYNAMODB_JSON",
        "TableCreationParameters": {
            "TableName": name,
            "AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    });
    input
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let answer = world.ok("ImportTable", input).await["ImportTableDescription"].clone();
    assert_eq!(answer["ImportStatus"], json!("IN_PROGRESS"));
    let table = world.ok("DescribeTable", json!({"TableName": name})).await;
    assert_eq!(table["Table"]["TableStatus"], json!("CREATING"));
    world.service.settle().await.unwrap();
    let arn = json!({"ImportArn": answer["ImportArn"]});
    world.ok("DescribeImport", arn).await["ImportTableDescription"].clone()
}

fn put(folder: &TempDir, key: &str, content: &[u8]) {
    let path = folder.path().join("bucket").join(key);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

#[tokio::test]
async fn what_is_exported_can_be_imported() {
    let (world, folder) = world().await;
    for item in samples() {
        world.put("abc", item).await;
    }
    for (format, name) in [("DYNAMODB_JSON", "from_json"), ("ION", "from_ion")] {
        let description = export(&world, json!({"ExportFormat": format})).await;
        assert_eq!(description["ExportStatus"], json!("COMPLETED"));
        assert_eq!(description["ItemCount"], json!(3));
        let manifest = description["ExportManifest"].as_str().unwrap();
        assert!(manifest.starts_with("my/exports/AWSDynamoDB/"));
        assert_eq!(data(&folder, manifest).len(), 3);
        let summary = object(&folder, &manifest.replace("-files", "-summary"));
        let summary: Value = serde_json::from_slice(&summary).unwrap();
        assert_eq!(summary["exportArn"], description["ExportArn"]);
        assert_eq!(summary["manifestFilesS3Key"], json!(manifest));
        assert_eq!(summary["outputFormat"], json!(format));
        assert_eq!(summary["itemCount"], json!(3));

        let data = manifest.replace("manifest-files.json", "data/");
        let more = json!({
            "S3BucketSource": {"S3Bucket": "bucket", "S3KeyPrefix": data},
            "InputFormat": format,
            "InputCompressionType": "GZIP",
        });
        let description = import(&world, name, more).await;
        assert_eq!(description["ImportStatus"], json!("COMPLETED"));
        let counts = ["ProcessedItemCount", "ImportedItemCount", "ErrorCount"];
        let counts = counts.map(|member| description[member].as_i64().unwrap());
        assert_eq!(counts, [3, 3, 0]);
        assert_eq!(items(&world, name).await, items(&world, "abc").await);
    }
}

#[tokio::test]
async fn exports_of_the_past_and_of_changes() {
    let (world, folder) = world().await;
    let start = NOW.as_secs();
    world.put("abc", json!({"p": s("kept")})).await;
    world.put("abc", json!({"p": s("gone")})).await;
    world.clock.advance(Duration::from_secs(10));
    world.put("abc", json!({"p": s("new"), "v": n(1)})).await;
    world.put("abc", json!({"p": s("new"), "v": n(2)})).await;
    world
        .ok(
            "DeleteItem",
            json!({"TableName": "abc", "Key": {"p": s("gone")}}),
        )
        .await;
    world.clock.advance(Duration::from_secs(10));
    world.put("abc", json!({"p": s("new"), "v": n(3)})).await;

    let description = export(&world, json!({"ExportTime": start})).await;
    let mut lines = data(&folder, description["ExportManifest"].as_str().unwrap());
    lines.sort();
    assert_eq!(
        lines,
        [
            r#"{"Item":{"p":{"S":"gone"}}}"#,
            r#"{"Item":{"p":{"S":"kept"}}}"#
        ]
    );

    let specification = json!({"ExportFromTime": start + 5, "ExportToTime": start + 15});
    let more = json!({
        "ExportType": "INCREMENTAL_EXPORT",
        "IncrementalExportSpecification": specification,
    });
    let description = export(&world, more.clone()).await;
    let manifest = description["ExportManifest"].as_str().unwrap();
    let mut lines: Vec<Value> = data(&folder, manifest)
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    lines.sort_by_key(|line| line["Keys"]["p"]["S"].to_string());
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["OldImage"], json!({"p": s("gone")}));
    assert_eq!(lines[0]["NewImage"], Value::Null);
    assert_eq!(lines[1]["OldImage"], Value::Null);
    assert_eq!(lines[1]["NewImage"], json!({"p": s("new"), "v": n(2)}));
    let written = lines[1]["Metadata"]["WriteTimestampMicros"]["N"]
        .as_str()
        .unwrap();
    assert!(written.starts_with(&(start + 10).to_string()));

    let mut ion = more.clone();
    ion["ExportFormat"] = json!("ION");
    let description = export(&world, ion).await;
    let lines = data(&folder, description["ExportManifest"].as_str().unwrap());
    assert!(
        lines
            .iter()
            .all(|line| line.starts_with("$ion_1_0 {Record:{Metadata:{"))
    );
}

#[tokio::test]
async fn what_cannot_be_exported() {
    let (world, _folder) = world().await;
    world.table("def", None).await;
    let other = ARN.replace("abc", "def");
    let start = NOW.as_secs();
    for (more, code) in [
        (
            json!({"TableArn": other}),
            "PointInTimeRecoveryUnavailableException",
        ),
        (
            json!({"TableArn": ARN.replace("abc", "none")}),
            "TableNotFoundException",
        ),
        (
            json!({"ExportTime": start - 10}),
            "InvalidExportTimeException",
        ),
        (
            json!({"ExportTime": start + 10}),
            "InvalidExportTimeException",
        ),
        (
            json!({"ExportType": "INCREMENTAL_EXPORT"}),
            "ValidationException",
        ),
        (json!({"S3Prefix": "../x"}), "ValidationException"),
        (json!({"S3Prefix": "a/../../x"}), "ValidationException"),
        (json!({"S3Prefix": "/etc"}), "ValidationException"),
    ] {
        let mut input = json!({"TableArn": ARN, "S3Bucket": "bucket"});
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let refusal = world.refused("ExportTableToPointInTime", input).await;
        assert_eq!(refusal.code, code, "{more}");
    }
    let input = json!({"TableArn": ARN, "S3Bucket": "bucket", "ClientToken": "one"});
    let first = world.ok("ExportTableToPointInTime", input.clone()).await;
    let again = world.ok("ExportTableToPointInTime", input.clone()).await;
    assert_eq!(first, again);
    let mut input = input;
    input["S3Bucket"] = json!("other");
    let refusal = world.refused("ExportTableToPointInTime", input).await;
    assert_eq!(refusal.code, "ExportConflictException");
    let listed = world.ok("ListExports", json!({"TableArn": ARN})).await;
    assert_eq!(listed["ExportSummaries"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn csv_and_what_is_wrong_in_it() {
    let (world, folder) = world().await;
    put(&folder, "in/one.csv", b"p,n,x\nk1,1,a\nk2,,\n,3,c\nk4,4\n");
    let source = json!({"S3Bucket": "bucket", "S3KeyPrefix": "in/"});
    let more = json!({"S3BucketSource": source, "InputFormat": "CSV"});
    let description = import(&world, "csv", more).await;
    let counts = ["ProcessedItemCount", "ImportedItemCount", "ErrorCount"];
    let counts = counts.map(|member| description[member].as_i64().unwrap());
    assert_eq!(counts, [4, 2, 2]);
    let expected = [
        json!({"n": s("1"), "p": s("k1"), "x": s("a")}),
        json!({"p": s("k2")}),
    ];
    let mut expected = expected.map(|item| item.to_string());
    expected.sort();
    assert_eq!(items(&world, "csv").await, expected);

    put(&folder, "semi/a.gz", &{
        let mut file = GzEncoder::new(Vec::new(), Compression::fast());
        file.write_all(b"k1;5\nk2;6\n").unwrap();
        file.finish().unwrap()
    });
    let more = json!({
        "S3BucketSource": {"S3Bucket": "bucket", "S3KeyPrefix": "semi"},
        "InputFormat": "CSV",
        "InputFormatOptions": {"Csv": {"Delimiter": ";", "HeaderList": ["p", "v"]}},
        "InputCompressionType": "GZIP",
    });
    let description = import(&world, "semi", more).await;
    assert_eq!(description["ImportedItemCount"], json!(2));
}

#[tokio::test]
async fn json_and_what_is_wrong_in_it() {
    let (world, folder) = world().await;
    let lines = [
        r#"{"Item": {"p": {"S": "1"}}}"#,
        "no json",
        r#"{"Item": {"p": {"N": "1"}}}"#,
        r#"{"Item": {"q": {"S": "1"}}}"#,
        r#"{"Item": {"p": {"S": "1"}, "later": {"BOOL": true}}}"#,
    ];
    put(&folder, "one.json", lines.join("\n").as_bytes());
    // A compressed file that is none.
    let description = import(&world, "json", json!({})).await;
    let counts = ["ProcessedItemCount", "ImportedItemCount", "ErrorCount"];
    let counts = counts.map(|member| description[member].as_i64().unwrap());
    assert_eq!(counts, [5, 2, 3]);
    assert_eq!(
        items(&world, "json").await,
        [r#"{"later":{"BOOL":true},"p":{"S":"1"}}"#]
    );
    let description = import(&world, "gzip", json!({"InputCompressionType": "GZIP"})).await;
    assert_eq!(description["ImportStatus"], json!("COMPLETED"));
    assert_eq!(description["ErrorCount"], json!(1));
    let description = import(&world, "zstd", json!({"InputCompressionType": "ZSTD"})).await;
    assert_eq!(description["ErrorCount"], json!(1));
}

#[tokio::test]
async fn a_failed_import_leaves_no_table() {
    let (world, folder) = world().await;
    let more = json!({"S3BucketSource": {"S3Bucket": "none"}});
    let description = import(&world, "failed", more).await;
    assert_eq!(description["ImportStatus"], json!("FAILED"));
    assert_eq!(description["FailureCode"], json!("S3NoSuchBucket"));
    let refusal = world
        .refused("DescribeTable", json!({"TableName": "failed"}))
        .await;
    assert_eq!(refusal.code, "ResourceNotFoundException");
    assert!(!folder.path().join("none").exists());

    put(&folder, "one.json", b"");
    import(&world, "one", json!({"ClientToken": "token"})).await;
    let parameters = json!({
        "TableName": "two",
        "AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    });
    let input = json!({
        "S3BucketSource": {"S3Bucket": "bucket"},
        "InputFormat": "DYNAMODB_JSON",
        "ClientToken": "token",
        "TableCreationParameters": parameters,
    });
    let refusal = world.refused("ImportTable", input).await;
    assert_eq!(refusal.code, "ImportConflictException");
    let first = world.ok("ListImports", json!({"PageSize": 1})).await;
    let token = &first["NextToken"];
    let rest = world.ok("ListImports", json!({"NextToken": token})).await;
    assert_eq!(rest["ImportSummaryList"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn both_go_on_after_a_restart() {
    let (world, folder) = world().await;
    world.put("abc", json!({"p": s("1")})).await;
    let input = json!({"TableArn": ARN, "S3Bucket": "bucket"});
    let export = world.ok("ExportTableToPointInTime", input).await["ExportDescription"].clone();
    world.ok("DeleteTable", json!({"TableName": "abc"})).await;
    // Another process over the same store: what was asked for is done there.
    let later = World::with(world.store.clone(), options(&folder));
    later.service.settle().await.unwrap();
    let arn = json!({"ExportArn": export["ExportArn"]});
    let description = later.ok("DescribeExport", arn).await["ExportDescription"].clone();
    assert_eq!(description["ExportStatus"], json!("COMPLETED"));
    assert_eq!(description["ItemCount"], json!(1));
    assert!(Path::new(&folder.path().join("bucket/AWSDynamoDB")).exists());
    let range = kv::key::KeyWriter::new(kv::Space::DynamodbHistory).range();
    later.service.settle().await.unwrap();
    let mut left = later.store.snapshot().scan(range, kv::Order::Ascending);
    assert!(left.next().await.unwrap().is_none());
}
