"""Event source mappings from the streams of tables: lanes, windows, filters, what fails, and what a
killed server goes on with."""

import json
from collections import defaultdict

import pytest

from harness import functions
from harness.clients import Clients
from harness.identities import allow, create_role, unique
from harness.microservice import LOGS, create_function
from harness.server import eventually

STREAM = ("dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords", "dynamodb:ListStreams")
# Tells what it got in one line of its log, and does as the records say.
SOURCE = b"""
import json, time
def handler(event, context):
    records = [
        {"key": r["dynamodb"]["Keys"]["id"]["S"], "n": int(r["dynamodb"]["NewImage"]["n"]["N"])}
        for r in event["Records"]
    ]
    numbers = [r["n"] for r in records]
    more = {name: event[name] for name in event if name != "Records"}
    print("GOT " + json.dumps({"records": records, "from": time.time(), **more}))
    if 666 in numbers:
        raise ValueError("a poisoned record")
    if 777 in numbers:
        place = numbers.index(777)
        failed = event["Records"][place]["dynamodb"]["SequenceNumber"]
        return {"batchItemFailures": [{"itemIdentifier": failed}]}
    if any(n >= 1000 for n in numbers):
        time.sleep(0.4)
    if "state" in event:
        return {"state": {"sum": event["state"].get("sum", 0) + sum(numbers)}}
"""


class Watched:
    """A table with a stream, and a function that gets its changes."""

    def __init__(self, clients: Clients, **mapping):
        self.clients, self.table = clients, unique("table")
        clients.dynamodb.create_table(
            TableName=self.table,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        stream = clients.dynamodb.describe_table(TableName=self.table)["Table"]["LatestStreamArn"]
        code = functions.zip_of({"app.py": SOURCE})
        package = {"Runtime": functions.PYTHON, "Handler": "app.handler", "Code": {"ZipFile": code}}
        self.function = create_function(
            clients, package, create_role(clients, allow(*LOGS, *STREAM)), Timeout=10
        )
        self.given_up = f"/given-up/{self.function}"
        if mapping.pop("tells", False):
            clients.logs.create_log_group(logGroupName=self.given_up)
            arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{self.given_up}"
            mapping["DestinationConfig"] = {"OnFailure": {"Destination": arn}}
        created = clients.lambda_.create_event_source_mapping(
            FunctionName=self.function, EventSourceArn=stream, StartingPosition="TRIM_HORIZON", **mapping
        )
        self.uuid = created["UUID"]

    def put(self, key: str, n: int):
        self.clients.dynamodb.put_item(TableName=self.table, Item={"id": {"S": key}, "n": {"N": str(n)}})

    def messages(self, group: str) -> list[str]:
        try:
            pages = self.clients.logs.get_paginator("filter_log_events").paginate(logGroupName=group)
            return [event["message"] for page in pages for event in page["events"]]
        except self.clients.logs.exceptions.ResourceNotFoundException:
            return []

    def got(self) -> list[dict]:
        messages = self.messages(f"/aws/lambda/{self.function}")
        return [json.loads(message[4:]) for message in messages if message.startswith("GOT ")]

    def numbers(self) -> list[list[int]]:
        return [[record["n"] for record in batch["records"]] for batch in self.got()]

    def all_got(self, expected: set[int]) -> list[list[int]]:
        def seen():
            found = self.numbers()
            return found if expected <= {n for batch in found for n in batch} else None

        return eventually(seen, f"{expected} reach the function", 40)

    def word(self) -> list[dict]:
        return [json.loads(message) for message in self.messages(self.given_up)]


def test_lanes_run_at_once_and_keep_the_order_of_each_key(admin):
    watched = Watched(admin, BatchSize=2, ParallelizationFactor=4, MaximumBatchingWindowInSeconds=2)
    for n in range(24):
        watched.put(f"key-{n % 6}", 1000 + n)
    watched.all_got(set(range(1000, 1024)))
    by_key, begun = defaultdict(list), []
    for batch in sorted(watched.got(), key=lambda batch: batch["from"]):
        assert len(batch["records"]) <= 2
        begun.append(batch["from"])
        for record in batch["records"]:
            by_key[record["key"]].append(record["n"])
    assert len(by_key) == 6
    for numbers in by_key.values():
        assert numbers == sorted(numbers), by_key
    # Each takes 0.4 s: one that begins sooner after another runs beside it.
    assert any(later - earlier < 0.35 for earlier, later in zip(begun, begun[1:], strict=False))


def test_tumbling_windows_hand_their_state_on(admin):
    watched = Watched(admin, BatchSize=1, TumblingWindowInSeconds=3)
    for n in (1, 2, 3, 4):
        watched.put(f"key-{n}", n)

    def finals():
        return [batch for batch in watched.got() if batch["isFinalInvokeForWindow"]]

    def sums():
        return sum(batch["state"].get("sum", 0) for batch in finals())

    eventually(lambda: sums() == 10, "all windows end with what they have summed up", 30)
    for batch in watched.got():
        assert batch["window"].keys() == {"start", "end"}
        assert batch["eventSourceARN"].startswith("arn:aws:dynamodb:")
        assert batch["shardId"].startswith("shardId-")
        assert batch["isWindowTerminatedEarly"] is False
    assert all(batch["records"] == [] for batch in finals())
    config = admin.lambda_.get_event_source_mapping(UUID=watched.uuid)
    assert config["TumblingWindowInSeconds"] == 3


def test_filters(admin):
    pattern = {"dynamodb": {"NewImage": {"n": {"N": [{"anything-but": [1, 2]}]}, "gone": [{"exists": False}]}}}
    either = {"$or": [{"eventName": ["REMOVE"]}, {"dynamodb": {"Keys": {"id": {"S": [{"prefix": "let-"}]}}}}]}
    filters = {"Filters": [{"Pattern": json.dumps(pattern)}, {"Pattern": json.dumps(either)}]}
    watched = Watched(admin, BatchSize=10, FilterCriteria=filters)
    for key, n in (("a", 1), ("b", 3), ("let-c", 2), ("d", 2), ("e", 4)):
        watched.put(key, n)
    watched.all_got({2, 3, 4})
    assert sorted(n for batch in watched.numbers() for n in batch) == [2, 3, 4]


def test_a_poisoned_record_is_found_by_halving_and_given_up(admin):
    watched = Watched(
        admin,
        BatchSize=4,
        MaximumBatchingWindowInSeconds=2,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=0,
        tells=True,
    )
    for n in (1, 2, 666, 4):
        watched.put(f"key-{n}", n)
    watched.all_got({1, 2, 666, 4})
    word = eventually(watched.word, "word of what is given up")
    assert [entry["DDBStreamBatchInfo"]["batchSize"] for entry in word] == [1]
    context = word[0]["requestContext"]
    assert context["condition"] == "RetryAttemptsExhausted"
    assert word[0]["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }

    def others() -> list[int]:
        batches = [batch for batch in watched.numbers() if 666 not in batch]
        return sorted(n for batch in batches for n in batch)

    eventually(lambda: others() == [1, 2, 4], "the others come through, once each")


def test_part_of_a_batch(admin):
    watched = Watched(
        admin,
        BatchSize=4,
        MaximumBatchingWindowInSeconds=2,
        MaximumRetryAttempts=1,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        tells=True,
    )
    for n in (1, 777, 3):
        watched.put("key", n)
    [word] = eventually(watched.word, "word of what is given up")
    assert word["DDBStreamBatchInfo"]["batchSize"] == 2
    assert word["requestContext"]["approximateInvokeCount"] == 2
    assert word["responseContext"]["functionError"] is None
    # Logs are shipped in the background.
    eventually(lambda: watched.numbers() == [[1, 777, 3], [777, 3]], "the log has both batches")


def test_what_is_too_old_is_given_up(admin):
    watched = Watched(admin, BatchSize=1, MaximumRecordAgeInSeconds=60, MaximumRetryAttempts=0, tells=True)
    watched.put("key", 666)
    [word] = eventually(watched.word, "word of what is given up")
    assert word["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert admin.lambda_.get_event_source_mapping(UUID=watched.uuid)["MaximumRecordAgeInSeconds"] == 60


@pytest.mark.parametrize("mapping", [{"BatchSize": 3}, {"BatchSize": 3, "ParallelizationFactor": 3}])
def test_nothing_is_skipped_across_kills(serve, mapping):
    server = serve()
    watched = Watched(Clients(server.endpoint), **mapping)
    for n in range(12):
        watched.put(f"key-{n % 4}", 1000 + n)
    eventually(watched.got, "the first batch has begun")
    server.kill()
    server.start()
    for n in range(12, 16):
        watched.put(f"key-{n % 4}", 1000 + n)
    watched.all_got(set(range(1000, 1016)))
    by_key = defaultdict(list)
    for batch in sorted(watched.got(), key=lambda batch: batch["from"]):
        for record in batch["records"]:
            by_key[record["key"]].append(record["n"])
    # Some may have come twice, but none before all that had to come before it.
    for numbers in by_key.values():
        first_time = list(dict.fromkeys(numbers))
        assert first_time == sorted(first_time), by_key
