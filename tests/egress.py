"""Runs in a network namespace of its own (see `test_sandbox.py`): makes a pretended internet beside
it, starts a server, and lets a function try whom it reaches."""

import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from harness import functions  # noqa: E402
from harness.clients import Clients  # noqa: E402
from harness.identities import allow, create_role  # noqa: E402
from harness.microservice import LOGS, create_function, value_of  # noqa: E402
from harness.server import Server  # noqa: E402

# Whoever listens there answers with a line of HTTP.
OUTSIDE = """
import http.server, socketserver, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'outside')
    def log_message(self, *_): pass
class Server(socketserver.ThreadingMixIn, http.server.HTTPServer): pass
server = Server(('0.0.0.0', 80), Handler); print('up', flush=True); server.serve_forever()
"""
INTERNET, PRIVATE, METADATA = "93.184.216.34", "10.9.0.1", "169.254.169.254"
OWN = "93.184.216.1"


def run(*command: str):
    subprocess.run(command, check=True)


def listen(stack: contextlib.ExitStack, *prefix: str) -> subprocess.Popen:
    process = subprocess.Popen([*prefix, sys.executable, "-c", OUTSIDE], stdout=subprocess.PIPE, text=True)
    stack.callback(process.kill)
    assert process.stdout.readline() == "up\n"
    return process


def make_internet(stack: contextlib.ExitStack):
    outside = listen(stack, "unshare", "--net")
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "here", "type", "veth", "peer", "name", "there", "netns", str(outside.pid))
    inside = ["nsenter", "--net", "--target", str(outside.pid), "ip"]
    for address in (f"{OWN}/24", "10.9.0.2/24", "169.254.1.1/16"):
        run("ip", "address", "add", address, "dev", "here")
    for address in (f"{INTERNET}/24", f"{PRIVATE}/24", f"{METADATA}/16"):
        run(*inside, "address", "add", address, "dev", "there")
    run("ip", "link", "set", "here", "up")
    run(*inside, "link", "set", "there", "up")


def reached(clients: Clients, function: str, address: str) -> bool:
    program = (
        "import urllib.request\n"
        f"result = urllib.request.urlopen('http://{address}/', timeout=10).read().decode()"
    )
    return value_of(clients, function, {"python": program}) == {"result": "outside"}


def check(server: Server, expected: dict[str, bool]):
    clients = Clients(server.endpoint)
    package = {
        "Runtime": functions.PYTHON,
        "Handler": "prisoner.handler",
        "Code": {"ZipFile": functions.folder(functions.FUNCTIONS / "prisoner")},
    }
    function = create_function(clients, package, create_role(clients, allow(*LOGS)), Timeout=60)
    found = {address: reached(clients, function, address) for address in expected}
    assert found == expected


def main():
    with contextlib.ExitStack() as stack:
        make_internet(stack)
        # The machine itself listens as well.
        listen(stack)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rules = {
            (): {INTERNET: True, PRIVATE: False, METADATA: False, OWN: False, "127.0.0.1": False},
            ("--lambda-egress-network", "10.9.0.0/24"): {INTERNET: True, PRIVATE: True, METADATA: False},
            ("--lambda-egress-port", "443"): {INTERNET: False},
        }
        for number, (options, expected) in enumerate(rules.items()):
            server = Server(folder / str(number), *options)
            stack.callback(lambda server=server: server.process and server.process.kill())
            check(server.start(), expected)
            assert server.stop() == 0


if __name__ == "__main__":
    main()
