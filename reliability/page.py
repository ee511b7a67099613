"""docs/reliability.md, from the rows of a whole run."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

from reliability.rows import Row, table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reliability.md"
TITLES = {"postgresql": "PostgreSQL", "mariadb": "MariaDB"}

HEAD = """\
# Reliability

What was broken, how often, and what came of it. `make reliability` breaks it anew and writes this
page; it takes about half an hour and needs the programs of PostgreSQL, MariaDB and Redis: each run
starts servers of its own, on 127.0.0.1, and removes them. A part that takes five minutes runs with
each change (`make reliability PART=ci`), and fails where a row below would.

The example project runs in gunicorn, cron's commands in a second process, and the
[sandbox](sandbox.md) as StackOne in a third. Each fault meets the five jobs of the app: *issue* a
session, *complete* it, take in an *event*, *sync* an organization, *disconnect* an account. Then
the fault ends, `stackone_process` runs as cron runs it (for *complete* and *sync*
`stackone_sync_accounts` as well), and the end is compared with StackOne.

- **lost**: a session that was issued or completed, an event that was accepted or a disconnect that
  was answered 202 or 204, which is not so in the end.
- **wrong**: an account that is not here as it is at StackOne in the end, a session that is left
  pending, a response that is not documented JSON, or a command that ends in a traceback.
- **worst** and **bound** are seconds, unless the row says otherwise. The bound of a response is
  `DEADLINE` (12 s) and 3 s for a busy machine. Hours are not waited for: the clocks of the
  processes are set. A page that does not call StackOne may take twice as long as before (or 0.1 s)
  while StackOne hangs, the first two seconds left out.
"""


def write(rows: Mapping[str, Sequence[Row]]) -> None:
    PAGE.write_text(text(rows), encoding="utf-8")


def text(rows: Mapping[str, Sequence[Row]]) -> str:
    """The page, with the rows of each database."""
    every = [row for found in rows.values() for row in found]
    tried = sum(row.tried for row in every)
    total = (
        f"In all: {tried:,} tried, {sum(row.lost for row in every)} lost, "
        f"{sum(row.wrong for row in every)} wrong, "
        f"{sum(row.is_beyond for row in every)} of {len(every)} rows beyond their bound, on a "
        f"machine with {os.cpu_count()} cores."
    )
    parts = [HEAD, total, ""]
    for kind, found in rows.items():
        parts += [f"## With {TITLES[kind]}", ""]
        for group, of_group in groupby(found, key=lambda row: row.group):
            parts += [f"### {group[:1].upper()}{group[1:]}", "", table(list(of_group)), ""]
    return "\n".join(parts)
