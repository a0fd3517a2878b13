"""Random concurrent work on one table, remembered for `histories`, and what has to be true of it.

Items are of two kinds. *Accounts* have a list that only grows (`log`), its length (`n`) and a part
of a constant sum (`balance`), and change by updates and transactions. *Slots* are put and deleted
as a whole. Both have entries in indexes that come, go and move with every change.
"""

import random
import threading
import time

from .dynamodb import Connection, Lost, Refused
from .histories import Event, Key, Swap, check, check_swaps
from .identities import unique

PARTITIONS = 2
ACCOUNTS = 8
SLOTS = 3
START = 100


def table_definition(name: str) -> dict:
    """A local index, a global one whose order changes with every update, and a sparse one."""
    types = {"pk": "S", "sk": "N", "n": "N", "group": "S", "mark": "S"}
    hash_key = {"AttributeName": "pk", "KeyType": "HASH"}
    by_length = {"AttributeName": "n", "KeyType": "RANGE"}
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": kind} for name, kind in types.items()
        ],
        "KeySchema": [hash_key, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "LocalSecondaryIndexes": [
            {
                "IndexName": "length",
                "KeySchema": [hash_key, by_length],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["balance"]},
            }
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "group",
                "KeySchema": [{"AttributeName": "group", "KeyType": "HASH"}, by_length],
                "Projection": {"ProjectionType": "ALL"},
            },
            {
                "IndexName": "mark",
                "KeySchema": [{"AttributeName": "mark", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
        ],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    }


def log_of(item: dict | None) -> list[str]:
    """An account's list; its length has to be right, or the item was torn."""
    assert item is not None, "an account is missing"
    log = [entry["S"] for entry in item["log"]["L"]]
    assert len(log) == int(item["n"]["N"]), item
    return log


def key_of(item: dict) -> Key:
    return item["pk"]["S"], int(item["sk"]["N"])


def dynamodb_key(key: Key) -> dict:
    return {"pk": {"S": key[0]}, "sk": {"N": str(key[1])}}


class World:
    """A table with fresh accounts: what one round of work is about."""

    def __init__(self, connection: Connection, table: str):
        self.table = table
        self.group = unique("group")
        self.accounts = [(f"{self.group}-{n % PARTITIONS}", n) for n in range(ACCOUNTS)]
        self.slots = [(f"{self.group}-slots", n) for n in range(SLOTS)]
        puts = [{"PutRequest": {"Item": self._account(key)}} for key in self.accounts]
        left = connection.call("BatchWriteItem", RequestItems={table: puts})["UnprocessedItems"]
        assert left == {}

    def _account(self, key: Key) -> dict:
        return dynamodb_key(key) | {
            "group": {"S": self.group},
            "log": {"L": []},
            "n": {"N": "0"},
            "balance": {"N": str(START)},
        }

    def at(self, key: Key) -> dict:
        return {"TableName": self.table, "Key": dynamodb_key(key)}

    def read_accounts(self, connection: Connection) -> list[dict]:
        """All accounts at one moment, in a transaction."""
        gets = [{"Get": self.at(key)} for key in self.accounts]
        answers = connection.call("TransactGetItems", TransactItems=gets)["Responses"]
        items = [answer["Item"] for answer in answers]
        assert [key_of(item) for item in items] == self.accounts
        self.check_sum(items)
        return items

    def check_sum(self, items: list[dict]):
        """Of everything at one moment."""
        balances = [int(item["balance"]["N"]) for item in items]
        assert sum(balances) == START * ACCOUNTS, f"money was made or lost: {balances}"


class Worker(threading.Thread):
    """One client. Works until it was told to stop, or the server goes away under it."""

    def __init__(self, port: int, world: World, seed: int, most: int | None = None):
        super().__init__(daemon=True)
        self.world, self.most = world, most
        self.random = random.Random(seed)
        self.name = f"{world.group}-{seed}"
        self.port = port
        self.events: list[Event] = []
        self.swaps: dict[Key, list[Swap]] = {key: [] for key in world.slots}
        self.known: dict[Key, list[str]] = {key: [] for key in world.accounts}
        self.answered = 0
        self.failure: Exception | None = None

    def run(self):
        kinds = [self.append, self.append, self.append_if_known, self.read, self.transfer, self.transfer]
        kinds += [self.read_all, self.query_group, self.query_partition, self.put_slot, self.delete_slot]
        try:
            self.connection = Connection(self.port)
            while self.most is None or self.answered < self.most:
                self.random.choice(kinds)()
                self.answered += 1
        except Lost:
            pass
        except Exception as failure:  # whatever it was, the test reports it
            self.failure = failure

    def account(self) -> Key:
        return self.random.choice(self.world.accounts)

    def begin(self, wrote: set[Key]) -> Event:
        """Remembers an operation before it is sent: its answer may never come."""
        event = Event(f"{self.name}:{len(self.events)}", time.perf_counter_ns(), wrote=wrote)
        self.events.append(event)
        return event

    def end(self, event: Event, seen: dict[Key, list[str]], is_refused: bool = False):
        event.ended = time.perf_counter_ns()
        event.seen = seen
        if is_refused:
            event.wrote = set()
        self.known.update(seen)

    def update(self, key: Key, id_: str) -> dict:
        """Appends, and gives the item another place in every index or takes it out of one."""
        mark = self.random.choice([" REMOVE mark", ", mark = :mark"])
        values = {":id": {"L": [{"S": id_}]}, ":one": {"N": "1"}}
        if "=" in mark:
            values[":mark"] = {"S": self.random.choice("abc")}
        return self.world.at(key) | {
            "UpdateExpression": f"SET #log = list_append(#log, :id), n = n + :one{mark}",
            "ExpressionAttributeNames": {"#log": "log"},
            "ExpressionAttributeValues": values,
        }

    def append(self):
        key = self.account()
        event = self.begin({key})
        answer = self.connection.call("UpdateItem", **self.update(key, event.id), ReturnValues="ALL_OLD")
        self.end(event, {key: log_of(answer["Attributes"])})

    def append_if_known(self):
        """Appends if nobody else has since this client looked."""
        key = self.account()
        event = self.begin({key})
        update = self.update(key, event.id) | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        self._expect(update, key)
        try:
            self.connection.call("UpdateItem", **update)
            self.end(event, {key: self.known[key]})
        except Refused as refused:
            assert refused.code == "ConditionalCheckFailedException", refused
            self.end(event, {key: log_of(refused.answer["Item"])}, is_refused=True)

    def _expect(self, action: dict, key: Key):
        action["ConditionExpression"] = "n = :known"
        values = action.setdefault("ExpressionAttributeValues", {})
        values[":known"] = {"N": str(len(self.known[key]))}

    def read(self):
        key = self.account()
        event = self.begin(set())
        item = self.connection.call("GetItem", **self.world.at(key), ConsistentRead=True)["Item"]
        self.end(event, {key: log_of(item)})

    def transfer(self):
        """Appends to two accounts and moves money between them, sometimes if a third is as known."""
        debtor, creditor, witness = self.random.sample(self.world.accounts, 3)
        event = self.begin({debtor, creditor})
        amount = self.random.randrange(1, 50)
        actions = []
        for key, change in ((debtor, -amount), (creditor, amount)):
            update = self.update(key, event.id) | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
            update["UpdateExpression"] += " ADD balance :change"
            update["ExpressionAttributeValues"][":change"] = {"N": str(change)}
            actions.append({"Update": update})
        actions[0]["Update"]["ConditionExpression"] = "balance >= :least"
        actions[0]["Update"]["ExpressionAttributeValues"][":least"] = {"N": str(amount)}
        seen = {}
        if self.random.random() < 0.5:
            checked = self.world.at(witness) | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
            self._expect(checked, witness)
            actions.append({"ConditionCheck": checked})
            seen[witness] = self.known[witness]
        try:
            self.connection.call("TransactWriteItems", TransactItems=actions)
            self.end(event, seen)
        except Refused as refused:
            self.end(event, self._seen_in(refused, actions), is_refused=True)

    def _seen_in(self, refused: Refused, actions: list[dict]) -> dict[Key, list[str]]:
        assert refused.code == "TransactionCanceledException", refused
        codes = {reason["Code"] for reason in refused.reasons}
        assert codes <= {"None", "ConditionalCheckFailed", "TransactionConflict"}, refused
        assert codes != {"None"}, refused
        items = [reason["Item"] for reason in refused.reasons if "Item" in reason]
        assert len(items) == sum(reason["Code"] == "ConditionalCheckFailed" for reason in refused.reasons)
        return {key_of(item): log_of(item) for item in items}

    def read_all(self):
        event = self.begin(set())
        items = self.world.read_accounts(self.connection)
        self.end(event, {key_of(item): log_of(item) for item in items})

    def query_group(self):
        """The global index: its entries are changed together with the items."""
        event = self.begin(set())
        items = self.query("group", "#key = :key", {"#key": "group"}, self.world.group)
        assert sorted(map(key_of, items)) == sorted(self.world.accounts), items
        lengths = [int(item["n"]["N"]) for item in items]
        assert lengths == sorted(lengths), "not in the order of the index"
        self.world.check_sum(items)
        self.end(event, {key_of(item): log_of(item) for item in items})

    def query_partition(self):
        """A partition of the table."""
        partition = self.account()[0]
        event = self.begin(set())
        items = self.query(None, "pk = :key", {}, partition)
        self.end(event, {key_of(item): log_of(item) for item in items})

    def query(self, index: str | None, condition: str, names: dict, value: str) -> list[dict]:
        members = {"IndexName": index} if index else {"ConsistentRead": True}
        if names:
            members["ExpressionAttributeNames"] = names
        answer = self.connection.call(
            "Query",
            TableName=self.world.table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues={":key": {"S": value}},
            **members,
        )
        assert "LastEvaluatedKey" not in answer
        return answer["Items"]

    def put_slot(self):
        key = self.random.choice(self.world.slots)
        value = f"{self.name}:{self.answered}"
        item = dynamodb_key(key) | {"value": {"S": value}}
        if self.random.random() < 0.5:
            item |= {"mark": {"S": self.random.choice("abc")}, "n": {"N": str(self.random.randrange(5))}}
        swap = self.swapping(key, value)
        answer = self.connection.call(
            "PutItem", TableName=self.world.table, Item=item, ReturnValues="ALL_OLD"
        )
        self.swapped(swap, answer)

    def delete_slot(self):
        key = self.random.choice(self.world.slots)
        swap = self.swapping(key, None)
        self.swapped(
            swap, self.connection.call("DeleteItem", **self.world.at(key), ReturnValues="ALL_OLD")
        )

    def swapping(self, key: Key, value: str | None) -> Swap:
        swap = Swap(value)
        self.swaps[key].append(swap)
        return swap

    @staticmethod
    def swapped(swap: Swap, answer: dict):
        swap.old = answer["Attributes"]["value"]["S"] if "Attributes" in answer else None
        swap.ended = time.perf_counter_ns()


def forget_after(workers: list[Worker], moment: int):
    """Takes answers that came after a moment for none: nobody knows whether they are true."""
    for worker in workers:
        for event in worker.events:
            if event.ended is not None and event.ended > moment:
                event.ended, event.seen = None, {}
        for swap in (swap for swaps in worker.swaps.values() for swap in swaps):
            if swap.ended is not None and swap.ended > moment:
                swap.ended = swap.old = None


def check_round(connection: Connection, world: World, workers: list[Worker]):
    """Everything that the workers of a world saw and did, against what is there now."""
    last = {key_of(item): log_of(item) for item in world.read_accounts(connection)}
    check([event for worker in workers for event in worker.events], last)
    for key in world.slots:
        item = connection.call("GetItem", **world.at(key), ConsistentRead=True).get("Item")
        swaps = [swap for worker in workers for swap in worker.swaps[key]]
        check_swaps(swaps, item and item["value"]["S"])


def scan(connection: Connection, table: str, index: str | None = None, limit: int = 70) -> list[dict]:
    """Everything in a table or an index, page by page."""
    members = {"TableName": table, "Limit": limit} | ({"IndexName": index} if index else {})
    items, start = [], {}
    while True:
        page = connection.call("Scan", **members, **start)
        items += page["Items"]
        if "LastEvaluatedKey" not in page:
            return items
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def check_indexes(connection: Connection, table: str) -> dict[Key, dict]:
    """Every index has exactly the entries that the table's items give; answers the items."""
    items = {key_of(item): item for item in scan(connection, table)}
    keys = ["pk", "sk"]
    for index, attributes, wanted in [
        ("length", [*keys, "n", "balance"], ["n"]),
        ("group", None, ["group", "n"]),
        ("mark", [*keys, "mark"], ["mark"]),
    ]:
        expected = {
            key: {name: value for name, value in item.items() if attributes is None or name in attributes}
            for key, item in items.items()
            if all(name in item for name in wanted)
        }
        entries = scan(connection, table, index)
        found = {key_of(entry): entry for entry in entries}
        assert len(entries) == len(found), f"an item is twice in {index}"
        assert found == expected, index
    return items


class Replica:
    """The table as its stream tells it: follows the stream, also over restarts of the server."""

    def __init__(self, connection: Connection, table: str):
        described = connection.call("DescribeTable", TableName=table)["Table"]
        self.stream = described["LatestStreamArn"]
        self.items: dict[Key, dict] = {}
        self._read: dict[str, str | None] = {}

    def follow(self, connection: Connection):
        """Applies all that has happened since; every change has to fit the one before."""
        for shard in self._shards(connection):
            after = self._read.get(shard)
            how = {"ShardIteratorType": "TRIM_HORIZON"}
            if after:
                how = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
            iterator = connection.streams("GetShardIterator", StreamArn=self.stream, ShardId=shard, **how)
            iterator = iterator["ShardIterator"]
            while iterator:
                answer = connection.streams("GetRecords", ShardIterator=iterator)
                for record in answer["Records"]:
                    self._apply(record["eventName"], record["dynamodb"])
                    self._read[shard] = record["dynamodb"]["SequenceNumber"]
                iterator = answer.get("NextShardIterator") if answer["Records"] else None

    def _shards(self, connection: Connection) -> list[str]:
        """Parents before children."""
        described = connection.streams("DescribeStream", StreamArn=self.stream)["StreamDescription"]
        shards = sorted(
            described["Shards"], key=lambda shard: int(shard["SequenceNumberRange"]["StartingSequenceNumber"])
        )
        return [shard["ShardId"] for shard in shards]

    def _apply(self, name: str, change: dict):
        key = key_of(change["Keys"])
        old, new = change.get("OldImage"), change.get("NewImage")
        assert self.items.get(key) == old, f"{name} of {key}: not what it was: {self.items.get(key)}, {old}"
        kind = {(False, True): "INSERT", (True, True): "MODIFY", (True, False): "REMOVE"}
        assert name == kind[old is not None, new is not None], change
        if new is None:
            del self.items[key]
        else:
            self.items[key] = new
