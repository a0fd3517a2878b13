"""The server under test: the real binary, in a process of its own, on a free port of loopback."""

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

from .environment import ROOT, server_environment

START_SECONDS = 30
STOP_SECONDS = 30


def binary() -> Path:
    """The binary under test: FOGBANK_BIN, or the release build."""
    path = Path(os.environ.get("FOGBANK_BIN") or ROOT / "target" / "release" / "fogbank")
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: `cargo build --release`, or set FOGBANK_BIN")
    return path.resolve()


class Process:
    """A command of the binary whose output is collected line by line while it runs."""

    def __init__(self, arguments: list[str], env: dict[str, str] | None = None, cwd: Path | None = None):
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._child = subprocess.Popen(
            [str(binary()), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=server_environment() if env is None else env,
            cwd=cwd,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    @property
    def is_running(self) -> bool:
        return self._child.poll() is None

    def _read(self):
        for line in self._child.stdout:
            with self._changed:
                self.lines.append(line.decode("utf-8", "replace").rstrip("\r\n"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def wait_for(self, pattern: str, seconds: float = START_SECONDS) -> re.Match:
        """The first match of `pattern` in a line of output, waiting until there is one."""
        wanted = re.compile(pattern)
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                for line in self.lines:
                    if found := wanted.search(line):
                        return found
                left = deadline - time.monotonic()
                if not self._reader.is_alive() or left <= 0:
                    raise AssertionError(f"no line matches {pattern!r} in:\n{self.output}")
                self._changed.wait(min(left, 0.5))

    def signal(self, number: int):
        self._child.send_signal(number)

    def exit_code(self, seconds: float = STOP_SECONDS) -> int:
        """Waits until the process has ended and all its output is read."""
        code = self._child.wait(seconds)
        self._reader.join(seconds)
        return code

    def stop(self) -> int:
        """Asks it to end and waits; a process that does not is killed, and that is a failure."""
        if self.is_running:
            self.signal(signal.SIGTERM)
        try:
            return self.exit_code()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running {STOP_SECONDS} s after SIGTERM:\n{self.output}") from None

    def kill(self):
        if self.is_running:
            self.signal(signal.SIGKILL)
        self.exit_code()


class Server:
    """`fogbank serve` on one data folder. It keeps its port over restarts."""

    def __init__(self, data: Path, *options: str, env: dict[str, str] | None = None):
        self.data = data
        self._options = options
        self._env = server_environment() if env is None else env
        self._port = 0
        self.process: Process | None = None

    @property
    def port(self) -> int:
        return self._port

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> "Server":
        listen = f"127.0.0.1:{self._port}"
        arguments = ["serve", "--listen", listen, "--data", str(self.data), *self._options]
        self.process = Process(arguments, self._env)
        self._port = int(self.process.wait_for(r"http://127\.0\.0\.1:(\d+)")[1])
        self.process.wait_for(r"^Ready\.$")
        return self

    def stop(self) -> int:
        return self.process.stop()

    def kill(self):
        """Ends it as a power cut would end the process: SIGKILL."""
        self.process.kill()

    def restart(self, env: dict[str, str] | None = None) -> "Server":
        self._env = self._env if env is None else env
        assert self.stop() == 0, self.process.output
        return self.start()

    def health(self, path: str = "/_fogbank/health") -> dict:
        with urllib.request.urlopen(self.endpoint + path, timeout=10) as answer:
            assert answer.status == 200
            return json.load(answer)


def processes_with(text: str) -> list[int]:
    """Pids of the machine's live processes whose command line contains `text`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            except OSError:
                continue
            if text in command and state != "Z":
                found.append(int(entry.name))
    return found


def descendants(pid: int) -> list[int]:
    """Pids of all processes below one, dead ones that nobody has looked after included."""
    parents = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
    found, pending = [], [pid]
    while pending:
        parent = pending.pop()
        below = [child for child, of in parents.items() if of == parent]
        found += below
        pending += below
    return found


def eventually(condition, what: str, seconds: float = 20.0):
    """Polls until `condition()` is true and returns its value; for what happens in the background."""
    deadline = time.monotonic() + seconds
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen within {seconds} s: {what}")
        time.sleep(0.02)
