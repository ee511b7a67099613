"""The result of the tenant isolation tests."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One request that showed or changed what it must not."""

    acting: str
    request: str
    problem: str

    def __str__(self) -> str:
        return f"{self.acting}: {self.request}\n    {self.problem}"


@dataclass(slots=True, kw_only=True)
class Report:
    """The tests passed when ``violations`` is empty. ``requests`` is how many were sent.

    ``closed`` lists what a client is forbidden for its own tenant too (403): isolation could not be
    tested there. Use clients of users who are allowed, unless no user is meant to be.
    """

    requests: int = 0
    violations: list[Violation] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{len(self.violations)} violations in {self.requests} requests."]
        lines += [str(violation) for violation in self.violations]
        lines += [f"Forbidden to its own tenant, so not tested: {action}" for action in self.closed]
        return "\n".join(lines)
