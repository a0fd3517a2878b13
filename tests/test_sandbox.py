"""Functions that try to get out, to take too much, or to leave something behind.

What they must not reach is shown for the level `sandbox`, which is the strongest; a machine that
does not give it skips those tests.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from harness import functions
from harness.clients import Clients
from harness.identities import allow, create_role
from harness.microservice import LOGS, create_function, invoke, value_of
from harness.server import descendants, eventually, processes_with

SECRET = "nobody-else-may-read-this"


def prisoner() -> dict:
    return {
        "Runtime": functions.PYTHON,
        "Handler": "prisoner.handler",
        "Code": {"ZipFile": functions.folder(functions.FUNCTIONS / "prisoner")},
    }


@pytest.fixture(scope="module")
def level(shared) -> str:
    return shared.process.wait_for(r"level=(\w+)")[1]


@pytest.fixture(scope="module")
def inmate(admin, level) -> str:
    """A function in the strongest sandbox."""
    if level != "sandbox":
        pytest.skip(f"this machine gives the level {level}")
    role = create_role(admin, allow(*LOGS))
    return create_function(
        admin,
        prisoner(),
        role,
        Timeout=20,
        MemorySize=256,
        EphemeralStorage={"Size": 512},
        Environment={"Variables": {"OWN": "mine"}},
    )


@pytest.fixture(scope="module")
def neighbour(admin, level) -> str:
    """Another function, which runs and has a secret."""
    role = create_role(admin, allow(*LOGS))
    name = create_function(admin, prisoner(), role, Environment={"Variables": {"SECRET": SECRET}})
    value_of(admin, name, {"shell": f"echo {SECRET} > /tmp/secret"})
    return name


def test_a_lower_bound_on_isolation(serve):
    """The server starts where the machine isolates as demanded, and says how it does."""
    server = serve("--min-isolation", "process")
    assert server.process.wait_for(r"functions are isolated")


def test_it_sees_its_own_files(admin, inmate):
    answer = value_of(admin, inmate, {"shell": "pwd; ls /var/task; ls -A /tmp /var; id -u"})
    assert answer["output"] == "/var/task\nprisoner.py\n/tmp:\n\n/var:\nruntime\ntask\n993\n"


@pytest.mark.parametrize(
    "command",
    [
        "cat {data}/.gitignore",
        "ls {data}",
        "ls {data}/work",
        "cat /etc/shadow",
        "cat /etc/ssl/private/*",
        "ls /root /home /sys /run /boot",
        "touch /var/task/new",
        "echo >> /var/task/prisoner.py",
        "rm /var/task/prisoner.py",
        "touch /opt/new /usr/new /etc/new",
        "mount -t tmpfs none /tmp",
        "umount /var/task",
        "unshare -Ur true",
        "chroot / true",
        "kill -0 {server}",
        "cat /proc/{server}/environ",
        "cat /proc/1/environ",
        "mknod /tmp/disk b 254 0",
        "cat /dev/vda /dev/sda /dev/mem",
        "dmesg",
    ],
)
def test_commands_that_are_refused(admin, shared, inmate, command):
    command = command.format(data=shared.data, server=shared.process.pid)
    answer = value_of(admin, inmate, {"shell": command})
    assert answer["status"] != 0, answer


@pytest.mark.parametrize(
    "program",
    [
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
        "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        "open('/proc/1/mem', 'rb').read(1)",
        "import ctypes; assert ctypes.CDLL(None).ptrace(16, 1, 0, 0) == 0",
        "import ctypes; assert ctypes.CDLL(None).unshare(0x10000000) == 0",
        "import os; os.setuid(0)",
        "files = [open('/dev/null') for _ in range(10_000)]",
        "import socket; socket.create_connection(('169.254.169.254', 80), 5).recv(1)[0]",
        "import socket; socket.create_connection(('10.0.0.1', 443), 5).recv(1)[0]",
        "import socket; socket.create_connection(('8.8.8.8', 25), 5)",
    ],
)
def test_calls_that_are_refused(admin, inmate, program):
    assert "refused" in value_of(admin, inmate, {"python": program})


def test_the_machines_loopback_is_out_of_reach(admin, inmate):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        program = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)"
        assert value_of(admin, inmate, {"python": program}) == {"refused": "ConnectionRefusedError"}


def test_the_endpoint_is_reached(admin, inmate, shared):
    program = (
        "import os, urllib.request\n"
        "url = os.environ['AWS_ENDPOINT_URL'] + '/_fogbank/health'\n"
        "result = urllib.request.urlopen(url, timeout=10).status"
    )
    assert value_of(admin, inmate, {"python": program}) == {"result": 200}


def test_neighbours_are_unseen(admin, inmate, neighbour):
    """Another function runs on the same machine: nothing of it shows."""
    seen = value_of(
        admin, inmate, {"shell": "cat /proc/*/environ /proc/*/cmdline /tmp/* 2>/dev/null | tr '\\0' '\\n'"}
    )["output"]
    assert SECRET not in seen and "OWN=mine" in seen
    listed = value_of(admin, inmate, {"shell": "ls -d /proc/[0-9]* | wc -l"})["output"]
    assert int(listed) <= 6, listed


def test_a_full_tmp_is_the_functions_own_affair(admin, inmate):
    answer = value_of(admin, inmate, {"shell": "head -c 700M /dev/zero > /tmp/full"})
    assert answer["status"] != 0 and "No space left" in answer["output"]
    assert value_of(admin, inmate, {"shell": "rm /tmp/full; echo fine"})["output"] == "fine\n"


def test_a_fork_bomb_is_contained(admin, inmate):
    bomb = (
        "import os\nchildren = 0\ntry:\n  while True:\n    if os.fork() == 0:\n"
        "      import time; time.sleep(60); os._exit(0)\n    children += 1\n"
        "except OSError: result = children"
    )
    answer = invoke(admin, inmate, {"python": bomb})
    # Either the number of processes stops it, or before that the memory they take.
    if "FunctionError" in answer:
        assert answer["Payload"]["errorType"] in ("Runtime.OutOfMemory", "Runtime.ExitError")
    else:
        assert 0 < answer["Payload"]["result"] <= 1024
        invoke(admin, inmate, {"python": "import os; os._exit(1)"})
    assert value_of(admin, inmate, {"shell": "echo fine"})["output"] == "fine\n"


def test_a_memory_bomb_is_contained(admin, inmate):
    answer = invoke(admin, inmate, {"python": "x = b'x' * (2 << 30)"})
    assert answer["Payload"].get("errorType") in ("Runtime.OutOfMemory", "Runtime.ExitError") or answer[
        "Payload"
    ] == {"refused": "MemoryError"}
    assert value_of(admin, inmate, {"shell": "echo fine"})["output"] == "fine\n"


def test_children_end_with_their_instance(admin, inmate):
    mark = "86420.5"
    invoke(admin, inmate, {"shell": f"setsid sleep {mark} > /dev/null 2>&1 &"})
    eventually(lambda: processes_with(mark), "the child")
    invoke(admin, inmate, {"python": "import os; os._exit(1)"})
    eventually(lambda: not processes_with(mark), "the end of the child")


def control_groups(pid: int) -> list[Path]:
    """Those of the instances of a server."""
    return [group for group in all_groups() if group.parent.name.startswith(f"sandbox-{pid}-")]


def all_groups() -> list[Path]:
    """Those of this machine; whichever go meanwhile are passed over."""
    return [Path(folder) for folder, _, _ in os.walk("/sys/fs/cgroup")]


def traces(server) -> dict:
    """What instances could leave behind."""
    pid = server.process.pid
    return {
        "files": len(list(Path(f"/proc/{pid}/fd").iterdir())),
        "mounts": len(Path("/proc/self/mountinfo").read_text().splitlines()),
        "processes": len(descendants(pid)),
        "groups": len(control_groups(pid)),
        "work": len(list((server.data / "work").iterdir())),
    }


def instances(server) -> list[int]:
    return list(set(processes_with("bootstrap")) & set(descendants(server.process.pid)))


def test_nothing_is_left_of_faulty_instances(serve):
    """A hundred invocations, among them exits, kills from outside and time-outs."""
    server = serve("--lambda-idle-timeout", "1s")
    clients = Clients(server.endpoint)
    function = create_function(clients, prisoner(), create_role(clients, allow(*LOGS)), Timeout=1)
    value_of(clients, function, {"shell": "true"})
    # The launcher stays; what waits in stock for functions to start is reclaimed as they are.
    eventually(lambda: traces(server)["processes"] == 1, "all but the launcher is reclaimed")
    eventually(lambda: not traces(server)["groups"], "its control groups are removed")
    before = traces(server)
    for round in range(100):
        if round % 10 == 3:
            invoke(clients, function, {"python": "import os; os._exit(1)"})
        elif round % 10 == 6:
            killed = set(instances(server))
            for pid in killed:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            eventually(lambda: not killed & set(instances(server)), "their end")
        elif round == 55:
            invoke(clients, function, {"shell": "sleep 30"})
        elif round % 10 == 7:
            # The server may still be about to hear of the kill, and then tells of the exit.
            invoke(clients, function, {"shell": "true"})
        else:
            value_of(clients, function, {"shell": "sleep 60 > /dev/null 2>&1 & echo fine"})

    def is_as_before():
        now = traces(server)
        # A few connections of the client's may be open.
        return now["files"] <= before["files"] + 4 and {**now, "files": 0} == {**before, "files": 0}

    eventually(is_as_before, f"{before} again")


def test_nothing_is_left_of_a_killed_server(serve):
    server = serve()
    clients = Clients(server.endpoint)
    function = create_function(clients, prisoner(), create_role(clients, allow(*LOGS)))
    mark = "86421.5"
    value_of(clients, function, {"shell": f"setsid sleep {mark} > /dev/null 2>&1 &"})
    eventually(lambda: processes_with(mark), "the child")
    killed = server.process.pid
    server.kill()
    eventually(lambda: not processes_with(mark), "the end of the child")
    server.start()
    assert value_of(clients, function, {"shell": "echo fine"})["output"] == "fine\n"
    assert server.stop() == 0
    # The next server has swept up after the one that was killed.
    assert not groups_of(killed)


def groups_of(server: int) -> list[Path]:
    """The control groups of one server's sandboxes; others' servers run and die beside it."""
    return [group for group in all_groups() if group.name.startswith(f"sandbox-{server}-")]


def test_egress():
    """Whom functions reach, shown in networks that exist for this test alone."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("needs root and `ip` to make networks")
    script = Path(__file__).with_name("egress.py")
    command = ["unshare", "--net", sys.executable, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
