"""Exports to files and imports from files, in the folder that stands for S3."""

import gzip
import json
import time

import pytest

from harness.clients import Clients, refused
from harness.identities import unique
from harness.microservice import create_table
from harness.server import eventually

SAMPLES = [
    {"id": {"S": "1"}, "n": {"N": "1.5"}, "b": {"B": b"\x01\x02"}, "t": {"BOOL": True}},
    {"id": {"S": "2"}, "l": {"L": [{"S": "a"}, {"NULL": True}]}, "m": {"M": {"x": {"N": "1"}}}},
    {"id": {"S": "3"}, "ss": {"SS": ["a", "b"]}},
]


@pytest.fixture(scope="module")
def table(admin) -> dict:
    """A table with point-in-time recovery and some items."""
    name = unique("table")
    create_table(admin, name)
    admin.dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    for item in SAMPLES:
        admin.dynamodb.put_item(TableName=name, Item=item)
    return {"name": name, "arn": admin.dynamodb.describe_table(TableName=name)["Table"]["TableArn"]}


def exported(admin: Clients, table: dict, bucket: str, **more) -> dict:
    answer = admin.dynamodb.export_table_to_point_in_time(TableArn=table["arn"], S3Bucket=bucket, **more)
    arn = answer["ExportDescription"]["ExportArn"]

    def ended():
        found = admin.dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
        return found if found["ExportStatus"] != "IN_PROGRESS" else None

    return eventually(ended, "the export ends")


def imported(admin: Clients, bucket: str, **more) -> dict:
    name = unique("imported")
    answer = admin.dynamodb.import_table(
        **{
            "S3BucketSource": {"S3Bucket": bucket},
            "InputFormat": "DYNAMODB_JSON",
            "TableCreationParameters": {
                "TableName": name,
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        }
        | more
    )
    arn = answer["ImportTableDescription"]["ImportArn"]

    def ended():
        found = admin.dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
        return found if found["ImportStatus"] != "IN_PROGRESS" else None

    return eventually(ended, "the import ends")


def items(admin: Clients, name: str) -> list:
    return sorted(admin.dynamodb.scan(TableName=name)["Items"], key=lambda item: item["id"]["S"])


@pytest.mark.parametrize("format_", ["DYNAMODB_JSON", "ION"])
def test_what_is_exported_can_be_imported(admin, shared, table, format_):
    bucket = unique("bucket")
    export = exported(admin, table, bucket, S3Prefix="some/where", ExportFormat=format_)
    assert (export["ExportStatus"], export["ItemCount"]) == ("COMPLETED", len(SAMPLES))
    root = shared.data / "s3" / bucket
    summary = json.loads((root / export["ExportManifest"].replace("-files", "-summary")).read_text())
    assert summary["exportArn"] == export["ExportArn"]
    assert summary["itemCount"] == len(SAMPLES)
    listed = json.loads((root / summary["manifestFilesS3Key"]).read_text())
    lines = gzip.decompress((root / listed["dataFileS3Key"]).read_bytes()).decode().splitlines()
    assert len(lines) == len(SAMPLES)
    folder = listed["dataFileS3Key"].rsplit("/", 1)[0]
    result = imported(
        admin,
        bucket,
        S3BucketSource={"S3Bucket": bucket, "S3KeyPrefix": folder},
        InputFormat=format_,
        InputCompressionType="GZIP",
    )
    assert (result["ImportStatus"], result["ImportedItemCount"]) == ("COMPLETED", len(SAMPLES))
    name = result["TableCreationParameters"]["TableName"]
    assert items(admin, name) == items(admin, table["name"])
    exports = admin.dynamodb.list_exports(TableArn=table["arn"])["ExportSummaries"]
    assert export["ExportArn"] in [summary["ExportArn"] for summary in exports]


def test_an_incremental_export(admin, shared):
    name, bucket = unique("table"), unique("bucket")
    create_table(admin, name)
    table = {"arn": admin.dynamodb.describe_table(TableName=name)["Table"]["TableArn"]}
    with refused("PointInTimeRecoveryUnavailableException", 400):
        admin.dynamodb.export_table_to_point_in_time(TableArn=table["arn"], S3Bucket=bucket)
    admin.dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    admin.dynamodb.put_item(TableName=name, Item={"id": {"S": "before"}})
    before = int(time.time())
    eventually(lambda: time.time() >= before + 1.1, "the next second")
    admin.dynamodb.put_item(TableName=name, Item={"id": {"S": "after"}})
    eventually(lambda: time.time() >= before + 2.1, "a further second")
    export = exported(
        admin,
        table,
        bucket,
        ExportType="INCREMENTAL_EXPORT",
        IncrementalExportSpecification={"ExportFromTime": before + 1, "ExportToTime": int(time.time())},
    )
    assert export["ExportStatus"] == "COMPLETED"
    root = shared.data / "s3" / bucket
    listed = json.loads((root / export["ExportManifest"]).read_text())
    lines = gzip.decompress((root / listed["dataFileS3Key"]).read_bytes()).decode().splitlines()
    assert [json.loads(line)["Keys"] for line in lines] == [{"id": {"S": "after"}}]


def test_csv_with_errors(admin, shared):
    bucket = unique("bucket")
    folder = shared.data / "s3" / bucket
    folder.mkdir(parents=True)
    (folder / "items.csv").write_text('id,name\n1,"a, b"\n,no key\n2,\n')
    result = imported(admin, bucket, InputFormat="CSV")
    counts = (result["ProcessedItemCount"], result["ImportedItemCount"], result["ErrorCount"])
    assert counts == (3, 2, 1)
    name = result["TableCreationParameters"]["TableName"]
    assert items(admin, name) == [{"id": {"S": "1"}, "name": {"S": "a, b"}}, {"id": {"S": "2"}}]
    imports = admin.dynamodb.list_imports()["ImportSummaryList"]
    assert result["ImportArn"] in [summary["ImportArn"] for summary in imports]


def test_no_way_out_of_the_folder(admin, table):
    for prefix in ("../out", "a/../../out", "/out"):
        with refused("ValidationException", 400):
            admin.dynamodb.export_table_to_point_in_time(
                TableArn=table["arn"], S3Bucket="bucket", S3Prefix=prefix
            )
    result = imported(admin, "none", S3BucketSource={"S3Bucket": "none", "S3KeyPrefix": "../../"})
    assert (result["ImportStatus"], result["ErrorCount"]) == ("FAILED", 0)


def test_an_import_goes_on_after_a_kill(serve, tmp_path):
    server = serve("--s3-folder", str(tmp_path / "buckets"))
    admin = Clients(server.endpoint)
    folder = tmp_path / "buckets" / "many"
    folder.mkdir(parents=True)
    count = 5000
    with open(folder / "items.json", "w") as file:
        for number in range(count):
            file.write(json.dumps({"Item": {"id": {"S": str(number)}}}) + "\n")
    answer = admin.dynamodb.import_table(
        S3BucketSource={"S3Bucket": "many"},
        InputFormat="DYNAMODB_JSON",
        TableCreationParameters={
            "TableName": "many",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    arn = answer["ImportTableDescription"]["ImportArn"]
    server.kill()
    server.start()

    def completed():
        found = admin.dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
        return found if found["ImportStatus"] == "COMPLETED" else None

    assert eventually(completed, "the import is complete")["ImportedItemCount"] == count
    pages = admin.dynamodb.get_paginator("scan").paginate(TableName="many", Select="COUNT")
    assert sum(page["Count"] for page in pages) == count
