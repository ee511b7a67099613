"""What the battery found."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One request that showed or did what it must not."""

    acting: str
    request: str
    problem: str

    def __str__(self) -> str:
        return f"{self.acting}: {self.request}\n    {self.problem}"


@dataclass(slots=True, kw_only=True)
class Report:
    """Nothing is wrong when ``findings`` is empty. ``requests`` says how many were made.

    ``closed`` names what a client may not even do to what is its own (403): of these the battery
    shows nothing but that. Give it clients of people who may, unless nobody is meant to.
    """

    requests: int = 0
    findings: list[Finding] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{len(self.findings)} findings in {self.requests} requests."]
        lines += [str(finding) for finding in self.findings]
        lines += [f"Closed to its own tenant, so not shown: {what}" for what in self.closed]
        return "\n".join(lines)
