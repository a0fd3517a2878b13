"""How instances come about: forked off a zygote, kept in stock, and given back.

Where there are no zygotes, which need root and the level `sandbox`, instances start afresh, and
the tests that look for one are skipped.
"""

import base64
import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness import functions, http
from harness.clients import Clients
from harness.identities import allow, create_role
from harness.microservice import ITEMS, LOGS, create_function, create_table, invoke, value_of
from harness.server import descendants, eventually

# What an instance is born with, and whether it was forked.
BIRTH = b"""
import os, random, secrets, ssl, tempfile, time, uuid

BORN = {
    "random": random.random(),
    "secrets": secrets.token_hex(8),
    "ssl": ssl.RAND_bytes(8).hex(),
    "uuid4": str(uuid.uuid4()),
    "mktemp": tempfile.mktemp(),
}
count = 0


def handler(event, context):
    global count
    count += 1
    time.sleep(event.get("seconds", 0))
    return {**BORN, "count": count, "forked": "zygote" in open("/proc/self/cmdline").read()}
"""

LOOK = b"""
import os, re, sys, threading


def handler(event, context):
    listed = [f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd")]
    files = [os.readlink(path) for path in listed if os.path.lexists(path)]
    # Not the text itself, or it would be found for having been looked for.
    wanted, found = re.compile(event["half"].encode() + b"-the-other-hal[f]"), False
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as mem:
        for line in maps:
            ends, rights = line.split()[:2]
            if rights.startswith("rw"):
                start, end = (int(part, 16) for part in ends.split("-"))
                try:
                    mem.seek(start)
                    found = found or wanted.search(mem.read(end - start)) is not None
                except (OSError, ValueError):
                    pass
    return {
        "environment": dict(os.environ),
        "files": files,
        "folder": os.getcwd(),
        "threads": threading.active_count(),
        "arguments": sys.argv,
        "found": found,
        "modules": sorted(name for name in sys.modules if name.partition(".")[0] in ("boto3", "zygote")),
    }
"""


def package(source: bytes, files: dict[str, bytes] | None = None) -> dict:
    code = functions.zip_of({"app.py": source, **(files or {})})
    return {"Runtime": functions.PYTHON, "Handler": "app.handler", "Code": {"ZipFile": code}}


def command_line(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
    except OSError:
        return []


def parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def forked(server) -> list[int]:
    """The zygotes of a server, and all that comes of them."""
    return [pid for pid in descendants(server.process.pid) if command_line(pid)[-1:] == ["zygote"]]


def zygotes(server) -> list[int]:
    """Those that have guardians in stock."""
    all_of_them = forked(server)
    return [pid for pid in all_of_them if parent(pid) not in all_of_them and pid in map(parent, all_of_them)]


@pytest.fixture(scope="module")
def role(admin) -> str:
    return create_role(admin, allow(*LOGS), allow(*ITEMS))


def need_zygotes(server):
    if server.process.wait_for(r"level=(\w+)")[1] != "sandbox" or os.geteuid() != 0:
        pytest.skip("this machine gives no zygotes")


@pytest.fixture(scope="module")
def zygote(admin, shared, role) -> int:
    need_zygotes(shared)
    create_function(admin, package(BIRTH), role)
    return eventually(lambda: zygotes(shared), "a zygote", 60)[0]


def at_once(clients, function: str, number: int, event: dict) -> list[dict]:
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(lambda _: value_of(clients, function, event), range(number)))


def test_every_instance_is_born_anew(admin, role, zygote):
    function = create_function(admin, package(BIRTH), role, Timeout=30)
    first = value_of(admin, function, {})
    born = at_once(admin, function, 6, {"seconds": 0.5})
    assert first["forked"] and all(instance["forked"] for instance in born)
    fresh = [instance for instance in born if instance["count"] == 1]
    assert len(fresh) >= 5
    for kind in ("random", "secrets", "ssl", "uuid4", "mktemp"):
        values = [instance[kind] for instance in [first, *fresh]]
        assert len(set(values)) == len(values), kind


def test_nothing_of_one_function_is_in_another(admin, role, zygote):
    secret = "no-more-than-half-of-this-is-sent-the-other-half"
    half = secret.removesuffix("-the-other-half")
    variables = {"Variables": {"SECRET": secret, "MORE": "1"}}
    spied = create_function(admin, package(LOOK), role, Environment=variables, Timeout=20)
    own = value_of(admin, spied, {"half": half})
    assert own["found"] and own["environment"]["SECRET"] == secret
    spy = create_function(admin, package(LOOK), role, Environment={"Variables": {"OTHER": "2"}}, Timeout=20)
    seen = value_of(admin, spy, {"half": half})
    assert not seen["found"]
    assert set(own["environment"]) - set(seen["environment"]) == {"SECRET", "MORE"}
    assert (seen["environment"]["OTHER"], seen["environment"]["AWS_LAMBDA_FUNCTION_NAME"]) == ("2", spy)
    assert (seen["folder"], seen["threads"]) == ("/var/task", 1)
    assert len(seen["arguments"]) == 1 and seen["modules"] == []
    kinds = sorted(name.partition(":")[0] for name in seen["files"])
    assert kinds == ["/dev/null", "pipe", "pipe", "pipe", "socket"]


USES_SDK = b"""
import boto3, botocore, urllib3
from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError


def handler(event, context):
    table = boto3.resource("dynamodb").Table(event["table"])
    table.put_item(Item={"id": "1", "value": 42})
    try:
        table.put_item(Item={"id": "1"}, ConditionExpression=Attr("id").not_exists())
    except ClientError as error:
        same = isinstance(error, table.meta.client.exceptions.ConditionalCheckFailedException)
    item = table.get_item(Key={"id": "1"})["Item"]
    return [int(item["value"]), same, boto3.__file__, boto3.__spec__.origin]
"""


def test_the_sdk_works_and_is_where_it_always_is(admin, role, zygote):
    function = create_function(admin, package(USES_SDK), role, Timeout=30)
    value, same, file, origin = value_of(admin, function, {"table": create_table(admin)})
    assert (value, same, file) == (42, True, "/var/runtime/sdk/boto3/__init__.py") and origin == file


@pytest.mark.parametrize(
    ("files", "source"),
    [
        ({"boto3.py": b"whose = 'mine'"}, b"import boto3\nwhose = boto3.whose"),
        ({"boto3/__init__.py": b"whose = 'mine'"}, b"import boto3\nwhose = boto3.whose"),
        (
            {"vendor/boto3.py": b"whose = 'mine'"},
            b"import sys\nsys.path.insert(0, '/var/task/vendor')\nimport boto3\nwhose = boto3.whose",
        ),
        ({"urllib3.py": b"whose = 'mine'"}, b"import urllib3\nwhose = urllib3.whose"),
        # A module of the language that the SDK brings along.
        ({"uuid.py": b"whose = 'mine'"}, b"import uuid\nwhose = uuid.whose"),
        ({}, b"import sys\nwhose = 'mine' if not {'boto3', 'botocore'} & set(sys.modules) else 'theirs'"),
    ],
)
def test_what_a_function_ships_comes_first(admin, role, zygote, files, source):
    handler = b"""
def handler(event, context):
    return [whose, 'zygote' in open('/proc/self/cmdline').read()]
"""
    function = create_function(admin, package(source + handler, files), role, Timeout=30)
    assert value_of(admin, function, {}) == ["mine", True]


def test_what_a_layer_ships_comes_first(admin, role, zygote):
    content = functions.zip_of({"python/boto3/__init__.py": b"whose = 'layer'"})
    layer = admin.lambda_.publish_layer_version(LayerName="sdk-of-ours", Content={"ZipFile": content})
    source = b"import boto3\ndef handler(event, context):\n    return boto3.whose\n"
    function = create_function(admin, package(source), role, Layers=[layer["LayerVersionArn"]])
    assert value_of(admin, function, {}) == "layer"


def test_what_an_interpreter_heeds_at_its_start_is_heeded(admin, role, zygote):
    source = b"import sys\ndef handler(event, context):\n    return sys.flags.optimize\n"
    variables = {"Variables": {"PYTHONOPTIMIZE": "2"}}
    function = create_function(admin, package(source), role, Environment=variables)
    assert value_of(admin, function, {}) == 2


def test_how_an_instance_ends_is_told(admin, role, zygote):
    source = b"import os, signal\ndef handler(event, context):\n    exec(event['do'])\n"
    function = create_function(admin, package(source), role)
    for end, said in [
        ("os._exit(3)", "exit status 3"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "signal: segmentation fault"),
    ]:
        answer = invoke(admin, function, {"do": end})
        assert answer["Payload"]["errorType"] == "Runtime.ExitError"
        assert said in answer["Payload"]["errorMessage"]


def test_a_killed_zygote_is_replaced(serve):
    server = serve()
    clients = Clients(server.endpoint)
    function = create_function(clients, package(BIRTH), create_role(clients, allow(*LOGS)), Timeout=30)
    need_zygotes(server)
    killed = eventually(lambda: zygotes(server), "a zygote", 60)[0]
    first = value_of(clients, function, {})
    os.kill(killed, signal.SIGKILL)
    # Its instances live on, and others can be had at any time.
    assert {**value_of(clients, function, {}), "count": 1} == first
    assert len(at_once(clients, function, 3, {"seconds": 0.3})) == 3
    eventually(lambda: [pid for pid in zygotes(server) if pid != killed], "another zygote", 60)
    assert any(instance["forked"] for instance in at_once(clients, function, 8, {"seconds": 0.5}))


def test_everything_is_given_back(serve):
    server = serve("--lambda-idle-timeout", "1s")
    clients = Clients(server.endpoint)
    function = create_function(clients, package(BIRTH), create_role(clients, allow(*LOGS)), Timeout=30)
    at_once(clients, function, 12, {"seconds": 0.3})
    eventually(lambda: not forked(server), "the end of instances, spares and zygotes", 60)
    assert value_of(clients, function, {})["count"] == 1
    assert server.stop() == 0


def starts(server, of: str) -> int:
    """First requests of instances so far: of spares, or of those started for a request."""
    return counted(server, f'fogbank_lambda_starts_total{{of="{of}"}}')


def counted(server, name: str) -> int:
    answer = http.request(server.port, "GET", "/_fogbank/metrics").text
    found = [line for line in answer.splitlines() if line.startswith(name + " ")]
    return int(float(found[0].split()[-1])) if found else 0


SPARES = 32
EXITS = b"import os\ndef handler(event, context):\n    os._exit(1) if event else None\n"


def test_spares_are_used_and_replaced(serve):
    server = serve()
    clients = Clients(server.endpoint)
    function = create_function(clients, package(EXITS), create_role(clients, allow(*LOGS)))
    value_of(clients, function, {})
    for used in range(1, 4):
        # One, or more once several were needed.
        eventually(lambda: counted(server, "fogbank_lambda_spares") >= 1, "a spare")
        # Its instance is gone with this: the next request gets the spare.
        assert "FunctionError" in invoke(clients, function, {"exit": True})
        value_of(clients, function, {})
        assert (starts(server, "spare"), starts(server, "request")) == (used, 1)


def test_functions_in_use_have_the_spares(serve):
    """More functions than there are spares: who has not been called for a while gives its own up."""
    server = serve()
    clients = Clients(server.endpoint)
    role = create_role(clients, allow(*LOGS))
    for _ in range(SPARES):
        value_of(clients, create_function(clients, package(EXITS), role), {})
    eventually(lambda: counted(server, "fogbank_lambda_spares") == SPARES, "all spares", 60)
    late = create_function(clients, package(EXITS), role)

    def gets_a_spare() -> bool:
        value_of(clients, late, {})
        invoke(clients, late, {"exit": True})
        return starts(server, "spare") > 0

    eventually(gets_a_spare, "a spare of another's room", 60)
    assert counted(server, "fogbank_lambda_spares") <= SPARES


def test_a_burst(admin, role, zygote):
    """Many more at once than there are spares: each is served, and none by two at a time."""
    function = create_function(admin, package(BIRTH), role, Timeout=60)
    answers = at_once(admin, function, 40, {"seconds": 0.2})
    assert len(answers) == 40
    served = {}
    for answer in answers:
        served[answer["uuid4"]] = max(served.get(answer["uuid4"], 0), answer["count"])
    assert sum(served.values()) == 40


HOOKS = b"""
import os
from snapshot_restore_py import register_after_restore, register_before_snapshot

called = []


@register_before_snapshot
def first():
    called.append("before 1")


register_before_snapshot(called.append, "before 2")
register_after_restore(called.append, "after 1")
register_after_restore(called.append, "after 2")


def handler(event, context):
    return {"called": called, "type": os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]}
"""


def test_snap_start_calls_what_was_registered(admin, role):
    snap_start = {"ApplyOn": "PublishedVersions"}
    runtime = {"Runtime": "python3.12"}
    function = create_function(admin, package(HOOKS) | runtime, role, SnapStart=snap_start)
    assert value_of(admin, function, {}) == {"called": [], "type": "on-demand"}
    published = admin.lambda_.publish_version(FunctionName=function)
    version = f"{function}:{published['Version']}"
    admin.lambda_.get_waiter("published_version_active").wait(FunctionName=version)
    status = admin.lambda_.get_function_configuration(FunctionName=version)["SnapStart"]
    assert status == {**snap_start, "OptimizationStatus": "On"}
    called = ["before 2", "before 1", "after 1", "after 2"]
    answer = invoke(admin, version, {}, LogType="Tail")
    assert answer["Payload"] == {"called": called, "type": "snap-start"}
    report = base64.b64decode(answer["LogResult"]).decode().splitlines()[-1]
    assert re.search(r"\tRestore Duration: [\d.]+ ms\tBilled Restore Duration: \d+ ms", report)
    assert "Init Duration" not in report
    filtered = {"logGroupName": f"/aws/lambda/{function}", "filterPattern": "RESTORE_REPORT"}
    restored = lambda: admin.logs.filter_log_events(**filtered)["events"]  # noqa: E731
    eventually(restored, "the log tells of the restore")


# A runtime of its own, as AWS's clients for SnapStart are: it says when it has been initialised.
RESTORED = b"""#!/usr/bin/python3
import os, urllib.request
API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime"
def call(path, body=None):
    with urllib.request.urlopen(f"{API}/{path}", body) as answer:
        return answer.status, answer.headers, answer.read()
status = call("restore/next")[0]
if os.environ.get("FAILS"):
    call("restore/error", b'{"errorType": "Runtime.AfterRestoreError", "errorMessage": "no luck"}')
while True:
    _, headers, _ = call("invocation/next")
    call(f"invocation/{headers['Lambda-Runtime-Aws-Request-Id']}/response", str(status).encode())
"""


@pytest.mark.parametrize("fails", ["", "yes"])
def test_the_runtime_api_restores(admin, role, fails):
    code = {"ZipFile": functions.zip_of({"runtime": RESTORED}, executable=True)}
    variables = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/runtime", "FAILS": fails}
    function = create_function(
        admin,
        {"Runtime": "python3.12", "Handler": "app.handler", "Code": code},
        role,
        SnapStart={"ApplyOn": "PublishedVersions"},
        Environment={"Variables": variables},
        Publish=True,
    )
    payload = invoke(admin, function, {}, Qualifier="1")["Payload"]
    assert payload == ({"errorType": "Runtime.AfterRestoreError", "errorMessage": "no luck"} if fails else 200)
