"""Random concurrent operations and transactions, explained one after the other, and SIGKILL.

`FOGBANK_TEST_SEED` repeats the choices that the clients made (not the threads' timing) and
`FOGBANK_TEST_ROUNDS` sets how often the server is killed. Both are printed when a test fails.
"""

import os
import random
import threading
import time

import pytest

from harness.dynamodb import Connection
from harness.identities import unique
from harness.server import Server, eventually
from harness.workload import Replica, Worker, World, check_indexes, check_round, table_definition

CLIENTS = 8
OPERATIONS = 250
HISTORIES = 3
# Enough to hit every part of a commit; the second engine only shows that it is no different.
KILLS = {"fjall": 50, "sqlite": 6}


@pytest.fixture
def chance() -> random.Random:
    seed = int(os.environ.get("FOGBANK_TEST_SEED") or random.randrange(10**9))
    print(f"FOGBANK_TEST_SEED={seed}")
    return random.Random(seed)


def new_table(connection: Connection) -> str:
    table = unique("table")
    connection.call("CreateTable", **table_definition(table))
    eventually(
        lambda: connection.call("DescribeTable", TableName=table)["Table"]["TableStatus"] == "ACTIVE",
        "the table",
    )
    return table


def start_workers(port: int, world: World, chance: random.Random, most: int | None = None) -> list[Worker]:
    workers = [Worker(port, world, chance.randrange(10**9), most) for _ in range(CLIENTS)]
    for worker in workers:
        worker.start()
    return workers


def join(workers: list[Worker]):
    for worker in workers:
        worker.join(120)
        assert not worker.is_alive(), "a client still waits for an answer"
    failures = [worker.failure for worker in workers if worker.failure]
    if failures:
        raise failures[0]


def check_everything(connection: Connection, table: str, replica: Replica):
    replica.follow(connection)
    assert check_indexes(connection, table) == replica.items, "the stream tells of another table"


@pytest.mark.parametrize("options", [[], ["--engine", "sqlite"], ["--in-memory"]], ids=str)
def test_histories_are_strictly_serializable(serve, chance, options):
    server = serve(*options)
    connection = Connection(server.port)
    table = new_table(connection)
    replica = Replica(connection, table)
    for _ in range(HISTORIES):
        world = World(connection, table)
        workers = start_workers(server.port, world, chance, OPERATIONS)
        join(workers)
        assert all(worker.answered == OPERATIONS for worker in workers), "a connection ended"
        check_round(connection, world, workers)
        check_everything(connection, table, replica)


def kill_when_busy(server: Server, workers: list[Worker], chance: random.Random):
    """SIGKILL after some number of answers, with operations of every client under way."""
    enough = chance.randrange(20, 400)
    eventually(
        lambda: sum(worker.answered for worker in workers) >= enough
        or any(worker.failure for worker in workers),
        f"{enough} answers",
        seconds=60,
    )
    server.kill()


@pytest.mark.parametrize("engine", KILLS)
def test_kill_during_transactions(serve, chance, engine):
    """Nothing acknowledged is lost, nothing is torn, and indexes and stream tell the same."""
    server = serve("--engine", engine)
    connection = Connection(server.port)
    table = new_table(connection)
    replica = Replica(connection, table)
    rounds = int(os.environ.get("FOGBANK_TEST_ROUNDS") or KILLS[engine])
    print(f"FOGBANK_TEST_ROUNDS={rounds}")
    for round_ in range(rounds):
        world = World(connection, table)
        workers = start_workers(server.port, world, chance)
        kill_when_busy(server, workers, chance)
        join(workers)
        server.start()
        connection = Connection(server.port)
        check_round(connection, world, workers)
        replica.follow(connection)
        if round_ % 10 == 0:
            check_everything(connection, table, replica)
    check_everything(connection, table, replica)
    assert server.stop() == 0
    server.start()
    check_everything(Connection(server.port), table, replica)


def test_a_hot_counter_loses_nothing(serve):
    """Everybody increments one item, with and without a condition on what they read."""
    server = serve()
    setup = Connection(server.port)
    table = new_table(setup)
    key = {"TableName": table, "Key": {"pk": {"S": "hot"}, "sk": {"N": "0"}}}
    seen: list[int] = []
    each = 50

    def increment(expression: str):
        connection = Connection(server.port)
        for _ in range(each):
            answer = connection.call(
                "UpdateItem",
                **key,
                UpdateExpression=expression,
                ExpressionAttributeNames={"#c": "count"},
                ExpressionAttributeValues={":one": {"N": "1"}, **zero(expression)},
                ReturnValues="UPDATED_NEW",
            )
            seen.append(int(answer["Attributes"]["count"]["N"]))

    def zero(expression: str) -> dict:
        return {":zero": {"N": "0"}} if ":zero" in expression else {}

    expressions = ["ADD #c :one", "SET #c = if_not_exists(#c, :zero) + :one"] * (CLIENTS // 2)
    threads = [threading.Thread(target=increment, args=(expression,)) for expression in expressions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(seen) == list(range(1, each * CLIENTS + 1))


def test_a_token_makes_a_transaction_happen_once_even_over_a_kill(serve, chance):
    """A client that got no answer sends the same again, as SDKs do."""
    server = serve()
    connection = Connection(server.port)
    table = new_table(connection)
    actions = [
        {
            "Update": {
                "TableName": table,
                "Key": {"pk": {"S": "once"}, "sk": {"N": str(n)}},
                "UpdateExpression": "ADD #c :one",
                "ExpressionAttributeNames": {"#c": "count"},
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            }
        }
        for n in range(3)
    ]
    for round_ in range(1, 6):
        token = f"token-{chance.randrange(10**9)}"
        sender = threading.Thread(target=_send, args=(server.port, actions, token), daemon=True)
        sender.start()
        time.sleep(chance.random() / 100)
        server.kill()
        sender.join(60)
        server.start()
        connection = Connection(server.port)
        for _ in range(2):
            connection.call("TransactWriteItems", TransactItems=actions, ClientRequestToken=token)
        counts = [
            connection.call("GetItem", TableName=table, Key=action["Update"]["Key"])["Item"]["count"]["N"]
            for action in actions
        ]
        assert counts == [str(round_)] * 3


def _send(port: int, actions: list[dict], token: str):
    try:
        Connection(port).call("TransactWriteItems", TransactItems=actions, ClientRequestToken=token)
    except Exception:  # the server was killed
        pass
