"""Backups, point-in-time recovery and restores: what comes back, also when the server is killed."""

import time

import pytest

from harness.clients import Clients, refused
from harness.identities import unique
from harness.microservice import create_table
from harness.server import eventually

MANY = 3000


def items(clients: Clients, table: str) -> dict:
    pages = clients.dynamodb.get_paginator("scan").paginate(TableName=table)
    return {item["id"]["S"]: item for page in pages for item in page["Items"]}


def fill(clients: Clients, table: str, count: int, text: str):
    for start in range(0, count, 25):
        numbers = range(start, min(start + 25, count))
        puts = [{"PutRequest": {"Item": {"id": {"S": str(n)}, "text": {"S": text}}}} for n in numbers]
        clients.dynamodb.batch_write_item(RequestItems={table: puts})


def available(clients: Clients, arn: str) -> dict:
    def description():
        found = clients.dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]
        return found if found["BackupDetails"]["BackupStatus"] == "AVAILABLE" else None

    return eventually(description, "the backup is available")


def active(clients: Clients, table: str):
    clients.dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1})


def back_up(clients: Clients, table: str) -> str:
    answer = clients.dynamodb.create_backup(TableName=table, BackupName="backup")
    arn = answer["BackupDetails"]["BackupArn"]
    available(clients, arn)
    return arn


def recover(clients: Clients, table: str, **more):
    clients.dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True, **more}
    )


def test_a_backup_is_what_was_there(admin):
    table, restored = unique("table"), unique("restored")
    create_table(admin, table)
    fill(admin, table, 60, "before")
    arn = back_up(admin, table)
    fill(admin, table, 30, "after")
    admin.dynamodb.restore_table_from_backup(TargetTableName=restored, BackupArn=arn)
    active(admin, restored)
    assert {item["text"]["S"] for item in items(admin, restored).values()} == {"before"}
    assert len(items(admin, restored)) == 60
    described = admin.dynamodb.describe_table(TableName=restored)["Table"]
    assert described["RestoreSummary"]["SourceBackupArn"] == arn
    assert described["RestoreSummary"]["RestoreInProgress"] is False
    listed = admin.dynamodb.list_backups(TableName=table)["BackupSummaries"]
    assert [backup["BackupArn"] for backup in listed] == [arn]
    admin.dynamodb.delete_backup(BackupArn=arn)
    with refused("BackupNotFoundException", 400, f"Backup not found: {arn}"):
        admin.dynamodb.describe_backup(BackupArn=arn)


def test_any_second(admin):
    table = unique("table")
    create_table(admin, table)
    recover(admin, table, RecoveryPeriodInDays=7)
    versions = []
    for text in ["one", "two", "three"]:
        fill(admin, table, 30, text)
        versions.append((text, int(time.time())))
        # Only whole seconds can be told apart.
        eventually(lambda second=versions[-1][1]: time.time() >= second + 1.1, "the next second")
    found = admin.dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    recovery = found["PointInTimeRecoveryDescription"]
    assert recovery["RecoveryPeriodInDays"] == 7
    assert recovery["EarliestRestorableDateTime"] <= recovery["LatestRestorableDateTime"]
    for text, second in versions:
        target = unique("restored")
        admin.dynamodb.restore_table_to_point_in_time(
            SourceTableName=table, TargetTableName=target, RestoreDateTime=second
        )
        active(admin, target)
        assert {item["text"]["S"] for item in items(admin, target).values()} == {text}
    with refused("InvalidRestoreTimeException", 400):
        admin.dynamodb.restore_table_to_point_in_time(
            SourceTableName=table, TargetTableName=unique("never"), RestoreDateTime=versions[0][1] - 3600
        )


@pytest.mark.parametrize("engine", ["fjall", "sqlite"])
def test_kill_in_mid_restore_leaves_nothing_wrong(serve, engine):
    server = serve("--engine", engine)
    admin = Clients(server.endpoint)
    create_table(admin, "source")
    recover(admin, "source")
    fill(admin, "source", MANY, "old")
    arn = admin.dynamodb.create_backup(TableName="source", BackupName="backup")["BackupDetails"]["BackupArn"]
    # The backup is perhaps still being copied, and so is all of the following.
    second = int(time.time())
    server.kill()
    server.start()
    eventually(lambda: time.time() >= second + 1.1, "the next second")
    fill(admin, "source", MANY // 2, "new")
    available(admin, arn)
    for round_ in range(4):
        admin.dynamodb.restore_table_from_backup(TargetTableName=f"backup-{round_}", BackupArn=arn)
        admin.dynamodb.restore_table_to_point_in_time(
            SourceTableName="source", TargetTableName=f"second-{round_}", RestoreDateTime=second
        )
        time.sleep(0.05 * round_)
        server.kill()
        server.start()
    admin.dynamodb.delete_table(TableName="source")
    for round_ in range(4):
        for target in (f"backup-{round_}", f"second-{round_}"):
            active(admin, target)
            found = items(admin, target)
            assert len(found) == MANY, target
            assert {item["text"]["S"] for item in found.values()} == {"old"}, target
    backups = admin.dynamodb.list_backups(BackupType="SYSTEM")["BackupSummaries"]
    assert [backup["BackupName"] for backup in backups] == ["source$DeletedTableBackup"]
    last = available(admin, backups[0]["BackupArn"])
    assert last["SourceTableDetails"]["ItemCount"] == MANY
