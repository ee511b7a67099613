"""What is left of the connections when a process ends."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import django
django.setup()
from stackone_connect.client.pool import connections
from stackone_connect.client.sockets import Allowance, allowance
from stackone_connect.clock import Deadline

ended = threading.Event()

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def finish(self):
        super().finish()
        ended.set()

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
allowance.set(Allowance(Deadline(5), 1, 1))
connections().exchange("GET", f"http://127.0.0.1:{server.server_port}/", {}, b"")
assert not ended.is_set(), "the connection is kept for the next call"
from stackone_connect.client import pool
pool._close()
assert ended.wait(5), "the server's thread sees that nobody calls it any more"
"""


def test_a_server_in_the_same_process_sees_the_connections_end() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": "."},
    )
    assert done.returncode == 0, done.stderr
