"""A web site on this machine, for what is fetched from others."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable
from typing import Any


class Site:
    """A web server on this machine: it answers as it is told, and counts who connects."""

    def __init__(self, address: str = "127.0.0.1", port: int = 0) -> None:
        self.requests: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.body = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
        self.answer: Callable[[Any], None] = lambda handler: say(handler, 200, self.body)
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.requests.append(
                    {"path": self.path, **{name.lower(): value for name, value in self.headers.items()}}
                )
                site.answer(self)

            def do_POST(self) -> None:
                site.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def process_request(self, *args: Any) -> None:
                site.connections += 1
                super().process_request(*args)

        self.server = Server((address, port), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


def say(handler: Any, status: int, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content_Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)
