"""StackOne behind a real socket, for processes beside the tests."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response


class StackOneOverHttp:
    """Answers for any account that it is asked for, as one of one owner.

    While ``held`` it does not answer; it counts how often each account was asked for.
    """

    def __init__(self, server: HTTPServer, owner_id: str) -> None:
        self.url = server.url_for("")
        self.owner_id = owner_id
        self.asked: Counter[str] = Counter()
        self._may_answer = threading.Event()
        self._may_answer.set()
        one = re.compile(r"/accounts/[^/]+")
        server.expect_request(one, method="GET").respond_with_handler(self._account)

    def hold(self) -> None:
        self._may_answer.clear()

    def let_go(self) -> None:
        self._may_answer.set()

    def comes_to_be_asked(self, times: int) -> bool:
        """Whether it is asked so often within half a minute."""
        until = time.monotonic() + 30
        while self.asked.total() < times and time.monotonic() < until:
            time.sleep(0.02)
        return self.asked.total() >= times

    def _account(self, request: Request) -> Response:
        account_id = request.path.rpartition("/")[2]
        self.asked[account_id] += 1
        self._may_answer.wait(timeout=10)
        account = {
            "id": account_id,
            "origin_owner_id": self.owner_id,
            "origin_owner_name": "Acme",
            "provider": "bamboohr",
            "status": "active",
            "type": "production",
        }
        return Response(json.dumps(account), content_type="application/json")
