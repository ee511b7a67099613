"""One request of a tenant's at a time, and what may be wrong with its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stackone_connect.testing.tenants.possessions import Possessions
from stackone_connect.testing.tenants.report import Finding, Report
from stackone_connect.testing.tenants.rows import Rows

SERVER_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, before it is made."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}" + (f" {json.dumps(self.body)}" if self.body else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All of an answer that its receiver can see."""

    status: int
    content: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        """What the body says; ``None`` where it says nothing."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None


class Asker:
    """Makes one tenant's requests and writes down whatever of the other's shows or changes."""

    def __init__(
        self, *, acting: Possessions, other: Possessions, rows: Rows, report: Report
    ) -> None:
        self.acting, self.other = acting, other
        self._rows, self._report = rows, report
        #: Headers that change by themselves, such as the id of a request.
        self._restless: set[str] = set()

    def ask(self, asked: Asked, *, changes: bool = False) -> Answer:
        """The answer. Unless it ``changes`` what is the tenant's own, every row must stay."""
        answer = self._send(asked)
        changed = self._rows.changed()
        if changed and not changes:
            self.found(asked, f"answered {answer.status} and changed {', '.join(changed)}")
        elif answer.status >= SERVER_ERROR:
            self.found(asked, f"answered {answer.status}")
        return answer

    def must_not_show(self, asked: Asked, answer: Answer) -> None:
        """Nothing of the other's may be in it."""
        seen = answer.content.decode(errors="replace") + " ".join(answer.headers.values())
        shown = [mark for mark in self.other.marks if mark in seen]
        if shown:
            self.found(asked, f"answered {answer.status} and shows another tenant's {shown[0]}")

    def learn_restless_headers(self, asked: Asked) -> None:
        """Ask the same twice, and pass over the headers that differ from now on."""
        one, two = self.ask(asked).headers, self.ask(asked).headers
        self._restless = {name for name in {*one, *two} if one.get(name) != two.get(name)}

    def must_be_alike(self, asked: Asked, answer: Answer, unknown: Answer) -> None:
        """It must be, byte for byte, the answer for what does not exist."""
        if answer.status != unknown.status:
            difference = f"{answer.status} where an unknown id is answered {unknown.status}"
        elif answer.content != unknown.content:
            difference = f"{answer.status} with another body than an unknown id"
        elif self._steady(answer) != self._steady(unknown):
            difference = f"{answer.status} with other headers than an unknown id"
        else:
            return
        self.found(asked, f"answered {difference}")

    def closed(self, what: str) -> None:
        """The tenant may not do this at all."""
        self._report.closed.append(f"{self.acting.name}: {what}")

    def found(self, asked: Asked, problem: str) -> None:
        """Write it down."""
        self._report.findings.append(
            Finding(acting=self.acting.name, request=str(asked), problem=problem)
        )

    def _steady(self, answer: Answer) -> dict[str, str]:
        return {n: value for n, value in answer.headers.items() if n not in self._restless}

    def _send(self, asked: Asked) -> Answer:
        self._report.requests += 1
        body = b"" if asked.body is None else json.dumps(asked.body).encode()
        answer = self.acting.client.generic(
            asked.method, asked.path, body, content_type="application/json", secure=True
        )
        content = b"".join(answer) if answer.streaming else answer.content
        return Answer(status=answer.status_code, content=content, headers=dict(answer.headers))
