"""A disk that reports errors: nothing is acknowledged that is not on it, and nothing is lost."""

import os

import pytest

from harness.dynamodb import Connection, Lost, Refused
from harness.environment import server_environment
from harness.faults import BROKEN, FULL, Faults
from harness.server import Server
from harness.workload import check_indexes, table_definition

LOGS = {"fjall": ".jnl", "sqlite": "-wal"}
SECONDS = 30


@pytest.fixture
def faults(tmp_path) -> Faults:
    return Faults(tmp_path)


class Items:
    """What was acknowledged, and what was not."""

    def __init__(self, server: Server):
        self.server = server
        self.connection = Connection(server.port)
        self.connection.call("CreateTable", **table_definition("items"))
        self.acknowledged: dict[int, str] = {}
        self.sent = 0

    def put(self, size: int = 1000):
        """Puts the next item; its entries in the indexes are part of the same commit."""
        number, text = self.sent, os.urandom(size // 2).hex()
        self.sent += 1
        item = {"pk": {"S": "p"}, "sk": {"N": str(number)}, "n": {"N": str(number)}}
        item |= {"group": {"S": "g"}, "mark": {"S": f"m{number}"}, "text": {"S": text}}
        self.connection.call("PutItem", TableName="items", Item=item)
        self.acknowledged[number] = text

    def check(self):
        """All that was acknowledged is there; of the rest, each item with its entries or not at all."""
        self.connection = Connection(self.server.port)
        found = {key[1]: item["text"]["S"] for key, item in check_indexes(self.connection, "items").items()}
        assert self.acknowledged.items() <= found.items()
        assert len(found) <= self.sent


def ended_by_itself(server: Server) -> str:
    """The server's last words; its code must tell a supervisor that something is wrong."""
    code = server.process.exit_code(SECONDS)
    assert code not in (0, 101) and code > 0, (code, server.process.output)
    assert "panicked" not in server.process.output
    return server.process.output.splitlines()[-1]


@pytest.mark.parametrize("engine", LOGS)
@pytest.mark.parametrize("call", ["sync", "write"])
def test_an_error_of_the_disk_stops_the_server(serve, faults, engine, call):
    """After a failed sync nobody knows what the disk has: only a new start can find out."""
    server = serve("--engine", engine, env=faults.environment(server_environment()))
    items = Items(server)
    for _ in range(20):
        items.put()
    faults.fail(call, BROKEN, LOGS[engine])
    with pytest.raises((Refused, Lost)) as caught:
        items.put()
    if caught.type is Refused:
        assert caught.value.status == 500, caught.value
    last_words = ended_by_itself(server)
    assert "Nothing more can be acknowledged" in last_words, last_words
    faults.heal()
    server.start()
    items.check()
    items.put()
    items.check()


def test_an_error_while_a_table_is_written_stops_the_server(serve, faults):
    """What the journal still has must not be given up for a table that is not on the disk."""
    server = serve(env=faults.environment(server_environment()))
    items = Items(server)
    faults.fail("sync", BROKEN, "/tables/")
    with pytest.raises((Refused, Lost)):
        for _ in range(500):
            items.put(350_000)
    assert "Nothing more can be acknowledged" in ended_by_itself(server)
    faults.heal()
    server.start()
    items.check()


@pytest.mark.parametrize("engine", LOGS)
def test_a_disk_that_turns_out_to_be_full(serve, faults, engine):
    """Beyond the room that is kept free: a quota, or another program that was faster."""
    server = serve("--engine", engine, env=faults.environment(server_environment()))
    items = Items(server)
    for _ in range(20):
        items.put()
    faults.fail("write", FULL, LOGS[engine])
    with pytest.raises((Refused, Lost)):
        items.put()
    if engine == "sqlite":
        # It rolls back and goes on; fjall has to start anew.
        faults.heal()
        items.put()
        items.check()
        server.kill()
    else:
        assert "Nothing more can be acknowledged" in ended_by_itself(server)
        faults.heal()
    server.start()
    items.check()
    items.put()
    items.check()


def test_a_store_that_cannot_be_made_is_an_error(tmp_path, faults):
    """An error while the first files are made: no start, and a good one afterwards."""
    server = Server(tmp_path / "data", env=faults.environment(server_environment()))
    faults.fail("sync", BROKEN, str(tmp_path / "data"))
    with pytest.raises(AssertionError, match="no line matches"):
        server.start()
    assert str(tmp_path / "data") in ended_by_itself(server)
    faults.heal()
    try:
        server.start()
        Items(server).put()
    finally:
        server.kill()
