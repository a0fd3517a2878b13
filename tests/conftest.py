"""Fixtures: a server that many tests share, servers of a test's own, and clients for both."""

import os
import signal
from pathlib import Path

import pytest

pytest.register_assert_rewrite("harness")

from harness.clients import Cli, Clients, Node  # noqa: E402
from harness.server import Server  # noqa: E402

# Who starts the tests in the background may have them ignore interrupts, and all that they start
# would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared(tmp_path_factory) -> Server:
    """One server for all tests that leave it usable. Their resources have names of their own."""
    server = Server(tmp_path_factory.mktemp("shared") / "data").start()
    yield server
    assert server.stop() == 0, server.process.output


@pytest.fixture(scope="session")
def admin(shared) -> Clients:
    """The seeded administrator on the shared server."""
    return Clients(shared.endpoint)


@pytest.fixture
def aws(shared, tmp_path) -> Cli:
    return Cli(shared.endpoint, tmp_path)


@pytest.fixture
def node(shared, tmp_path) -> Node:
    return Node(shared.endpoint, tmp_path)


@pytest.fixture
def serve(tmp_path):
    """Starts servers that only this test uses: `serve()`, `serve("--engine", "sqlite")`."""
    started = []

    def start(*options: str, data: Path | None = None, env: dict | None = None) -> Server:
        server = Server(data or tmp_path / f"data-{len(started)}", *options, env=env)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        if server.process is not None:
            server.process.kill()


def pytest_terminal_summary(terminalreporter):
    """Leaves the counts where `cargo xtask test` reads them."""
    path = os.environ.get("FOGBANK_TEST_COUNTS")
    if path:
        count = {
            key: len(terminalreporter.stats.get(key, [])) for key in ("passed", "failed", "error", "skipped")
        }
        Path(path).write_text(f"{count['passed']} {count['failed'] + count['error']} {count['skipped']}\n")
