"""The data folder: one server at a time, a disk that fills up, options that are wrong."""

import os
import subprocess
from pathlib import Path

import botocore.exceptions
import pytest

from harness.clients import Clients
from harness.environment import server_environment
from harness.microservice import create_table
from harness.server import Process

MIB = 1024 * 1024


@pytest.mark.parametrize("engine", ["fjall", "sqlite"])
def test_a_second_server_is_refused(serve, engine):
    first = serve("--engine", engine)
    second = Process(["serve", "--listen", "127.0.0.1:0", "--data", str(first.data), "--engine", engine])
    assert second.exit_code() not in (0, 101), second.output
    assert str(first.data) in second.output and "in use" in second.output, second.output
    assert "Ready." not in second.output
    Clients(first.endpoint).dynamodb.list_tables()


def test_the_folder_is_free_after_a_kill(serve):
    first = serve()
    first.kill()
    serve(data=first.data)


def test_a_folder_keeps_its_engine(serve, tmp_path):
    """Opening a folder with the other engine would look like an empty account."""
    first = serve("--engine", "fjall")
    create_table(Clients(first.endpoint))
    first.stop()
    other = Process(["serve", "--listen", "127.0.0.1:0", "--data", str(first.data), "--engine", "sqlite"])
    try:
        assert other.exit_code() not in (0, 101), other.output
        assert "fjall" in other.output, other.output
    finally:
        other.kill()


@pytest.fixture
def small_disk(tmp_path):
    """A filesystem of 48 MiB that can grow; needs the right to mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a small filesystem: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("engine", ["fjall", "sqlite"])
def test_a_full_disk(serve, small_disk, engine):
    """Writes are refused with an error, reads go on, and nothing acknowledged is lost."""
    server = serve("--engine", engine, data=small_disk / "data")
    admin = Clients(server.endpoint)
    table = create_table(admin)
    stored, refusals = [], []
    for number in range(2000):
        name = f"item-{number}"
        filling = os.urandom(50_000)
        try:
            admin.dynamodb.put_item(TableName=table, Item={"id": {"S": name}, "filling": {"B": filling}})
            stored.append((name, filling))
        except botocore.exceptions.ClientError as refusal:
            refusals.append(refusal.response)
            if len(refusals) == 5:
                break
    assert len(refusals) == 5, f"{len(stored)} items of 50 KB fit onto 48 MiB"
    for refusal in refusals:
        assert refusal["ResponseMetadata"]["HTTPStatusCode"] in (500, 503), refusal
    assert len(stored) > 100
    for name, filling in (stored[0], stored[len(stored) // 2], stored[-1]):
        item = admin.dynamodb.get_item(TableName=table, Key={"id": {"S": name}})["Item"]
        assert item["filling"]["B"] == filling
    assert server.health()
    server.process.kill()
    subprocess.run(["mount", "-o", "remount,size=256m", str(small_disk)], check=True)
    server.start()
    for name, filling in stored:
        item = admin.dynamodb.get_item(TableName=table, Key={"id": {"S": name}})["Item"]
        assert item["filling"]["B"] == filling, name
    admin.dynamodb.put_item(TableName=table, Item={"id": {"S": "room again"}})


def refuse_to_start(arguments: list[str], env: dict | None = None) -> str:
    """What `fogbank` prints when it does not even start."""
    process = Process(arguments, env)
    try:
        code = process.exit_code(20)
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError(f"it runs:\n{process.output}") from None
    assert code not in (0, 101), process.output
    assert "panicked" not in process.output
    return process.output


def test_wrong_options(tmp_path):
    data = str(tmp_path / "data")
    assert "--engine" in refuse_to_start(["serve", "--data", data, "--engine", "leveldb"])
    assert "--nonsense" in refuse_to_start(["serve", "--nonsense"])
    assert "127.0.0.1:x" in refuse_to_start(["serve", "--data", data, "--listen", "127.0.0.1:x"])
    env = server_environment(FOGBANK_NONSENSE="1")
    assert "FOGBANK_NONSENSE" in refuse_to_start(["serve", "--data", data, "--listen", "127.0.0.1:0"], env)
    (tmp_path / "file").write_text("not a folder")
    assert "file" in refuse_to_start(["serve", "--listen", "127.0.0.1:0", "--data", str(tmp_path / "file")])


def test_a_port_that_is_taken(serve, tmp_path):
    first = serve()
    output = refuse_to_start(
        ["serve", "--data", str(tmp_path / "other"), "--listen", f"127.0.0.1:{first.port}"]
    )
    assert str(first.port) in output


def test_nothing_listens_beyond_loopback_with_the_seeded_key(tmp_path):
    """An address that others can reach needs real keys."""
    output = refuse_to_start(["serve", "--data", str(tmp_path / "data"), "--listen", "0.0.0.0:0"])
    assert "fogbank init" in output or "key" in output


def test_environment_variables_mirror_the_options(tmp_path):
    data = tmp_path / "data"
    env = server_environment(FOGBANK_LISTEN="127.0.0.1:0", FOGBANK_DATA=str(data))
    process = Process(["serve"], env, cwd=tmp_path)
    try:
        process.wait_for(r"^Ready\.$")
        assert data.is_dir()
    finally:
        assert process.stop() == 0


def test_localstack_s_variables_are_answered(tmp_path):
    env = server_environment(GATEWAY_LISTEN="127.0.0.1:0", ENFORCE_IAM="0", PERSISTENCE="0")
    process = Process(["serve", "--data", str(tmp_path / "data")], env)
    try:
        process.wait_for(r"^Ready\.$")
        assert "ENFORCE_IAM" in process.output, process.output
    finally:
        assert process.stop() == 0


def test_the_store_has_no_readable_secrets(serve):
    """Whoever else has an account on the machine cannot read what is kept."""
    data = Path(serve().data)
    for folder in (data, data / "store"):
        assert folder.stat().st_mode & 0o077 == 0, (folder, oct(folder.stat().st_mode))
