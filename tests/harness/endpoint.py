"""An HTTP endpoint for integrations: it shows what it was asked, or does as its path says."""

import http.server
import json
import threading
import time
from urllib.parse import parse_qs, urlsplit


class Endpoint:
    """`/show` answers the request as JSON; `/status/N`, `/slow`, `/close`, `/garbage`, `/huge`; what
    lies below a gate answers once that is open, `paced` half of it before."""

    def __enter__(self) -> "Endpoint":
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.gates = {}
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


    def gate(self) -> "Gate":
        gates = self._server.gates
        name = f"gate-{len(gates)}"
        gates[name] = Gate(f"{self.url}/{name}")
        return gates[name]


class Gate:
    """What holds an answer up, half a minute at most."""

    def __init__(self, url: str):
        self.url = url
        self._opened = threading.Event()

    def open(self):
        self._opened.set()

    def wait(self):
        self._opened.wait(30)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        url = urlsplit(self.path)
        match url.path.strip("/").split("/"):
            case ["slow"]:
                time.sleep(2)
                self._send(200, b"late")
            case ["close"]:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
                self.close_connection = True
            case ["garbage"]:
                self.wfile.write(b"no HTTP at all\r\n\r\n")
                self.close_connection = True
            case ["huge"]:
                self._send(200, b"x" * 50_000_000)
            case [gate] if gate in self.server.gates:
                self.server.gates[gate].wait()
                self._send(200, b"open")
            case [gate, "paced"]:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none \r\n")
                self.server.gates[gate].wait()
                self.wfile.write(b"3\r\ntwo\r\n0\r\n\r\n")
            case ["status", status]:
                self._send(int(status), b"status", {"Location": "/show"})
            case _:
                shown = {
                    "method": self.command,
                    "path": url.path,
                    "query": parse_qs(url.query),
                    "headers": {name.lower(): value for name, value in self.headers.items()},
                    "body": body.decode("latin-1"),
                }
                self._send(200, json.dumps(shown).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict | None = None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _answer
