"""Start, stop and the commands beside `serve`."""

import http.client
import json
import random
import signal
import threading

import pytest

from harness import functions
from harness import http as web
from harness.clients import Clients
from harness.environment import scrubbed
from harness.identities import allow, create_role
from harness.microservice import LOGS, RestApi, create_function, value_of
from harness.server import Process, eventually, processes_with


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_in_flight_are_answered_first(serve, number):
    server = serve()
    admin = Clients(server.endpoint)
    function = create_function(admin, functions.probe(), create_role(admin), Timeout=20)
    api = RestApi(admin, function, path="probe")
    value_of(admin, function, {"value": "warm"})
    mark = f"2.{random.randrange(10**6, 10**7)}"
    answers = []
    callers = [
        threading.Thread(
            target=lambda: answers.append(value_of(admin, function, {"do": "nap", "seconds": mark}))
        ),
        threading.Thread(
            target=lambda: answers.append(api.post(server.port, {"do": "nap", "seconds": mark}).json)
        ),
    ]
    for caller in callers:
        caller.start()
    eventually(lambda: len(processes_with(f"sleep {mark}")) == 2, "both invocations under way")
    server.process.signal(number)
    for caller in callers:
        caller.join(30)
    assert answers == ["rested", "rested"], server.process.output
    assert server.process.exit_code() == 0, server.process.output
    with pytest.raises(OSError):
        web.request(server.port, "GET", "/_fogbank/health")


def test_idle_connections_do_not_delay_the_end(serve):
    server = serve()
    idle = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=30) for _ in range(5)]
    for connection in idle:
        assert web.on(connection, "GET", "/_fogbank/health").status == 200
    assert server.stop() == 0
    for connection in idle:
        connection.close()


def test_env():
    """`eval "$(fogbank env)"` is all that an SDK needs."""
    process = Process(["env", "--endpoint", "http://127.0.0.1:1234"], scrubbed())
    assert process.exit_code() == 0, process.output
    assert sorted(process.lines) == [
        "export AWS_ACCESS_KEY_ID=test",
        "export AWS_DEFAULT_REGION=us-east-1",
        "export AWS_ENDPOINT_URL=http://127.0.0.1:1234",
        "export AWS_REGION=us-east-1",
        "export AWS_SECRET_ACCESS_KEY=test",
    ]


def test_doctor(tmp_path):
    """From any folder, with the default data folder: what this machine has is found."""
    process = Process(["doctor"], scrubbed(), cwd=tmp_path)
    assert process.exit_code() == 0, process.output
    found = {line.split()[0]: line for line in process.lines}
    assert "isolation" in found, process.output
    assert "missing" not in found["python3.13"] + found["nodejs20.x"], process.output


def test_version():
    process = Process(["--version"])
    assert process.exit_code() == 0 and process.lines[0].startswith("fogbank "), process.output


def test_invoke_and_logs(serve):
    server = serve()
    admin = Clients(server.endpoint)
    function = create_function(admin, functions.probe(), create_role(admin, allow(*LOGS)))
    env = scrubbed(FOGBANK_ENDPOINT=server.endpoint)
    payload = json.dumps({"value": {"a": ["é", 1]}})
    process = Process(["invoke", function, "--payload", payload], env)
    assert process.exit_code() == 0, process.output
    assert json.loads(process.lines[-1]) == {"a": ["é", 1]}

    failed = Process(
        ["invoke", function, "--payload", json.dumps({"do": "fail", "message": "on purpose"})], env
    )
    assert failed.exit_code() == 1, failed.output
    assert "on purpose" in failed.output
    missing = Process(["invoke", "no-such-function"], env)
    assert missing.exit_code() not in (0, 101) and "no-such-function" in missing.output

    follower = Process(["logs", function, "--follow"], env)
    follower.wait_for("START RequestId: ")
    value_of(admin, function, {"do": "say", "out": "first line", "err": "second line"})
    follower.wait_for("first line")
    follower.wait_for("second line")
    follower.wait_for("REPORT RequestId: ")
    follower.signal(signal.SIGINT)
    follower.exit_code()
    once = Process(["logs", function], env)
    assert once.exit_code() == 0 and "first line" in once.output, once.output
