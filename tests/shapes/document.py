"""``python -m tests.shapes.document``: write ``docs/host-shapes.md`` from the catalogue."""

from __future__ import annotations

from pathlib import Path

from tests.shapes.catalogue import SHAPES, Shape
from tests.shapes.settings import base

PAGE = Path(__file__).resolve().parents[2] / "docs" / "host-shapes.md"

_BEFORE = """\
# Host shapes

Which kinds of Django project `stackone_connect` is tested in. One core suite runs unchanged in each
of them: `make shapes`, on SQLite and, where a database makes a difference, on PostgreSQL (marked
*). Find the ones that your project is like, and take their lines; shapes combine.

Beside `API_KEY`, and `PERMISSION_CLASSES` once you have decided who may connect, the lines are all
that is needed in `STACKONE_CONNECT`. Everything else of the host stays as it is.

"""

_AFTER = """
## What the core suite shows in each

- Migrating from zero makes our tables where the host's router says and nowhere else,
  `makemigrations --check` is clean, and `check --database` has neither errors nor warnings.
- The main job: issue, finish in the hub, complete, list, disconnect; and what a webhook hints at.
- StackOne is never called inside a database transaction.
- Nobody signed in, no organization, malformed ids, another tenant's ids (byte for byte as unknown
  ones), a user who changed organization in between; and that refusals leave no row.
- A renamed organization keeps the name that StackOne knows; one that connected something can't be
  deleted before `owners.offboard`; a deleted user's sessions stay.
- The pages of the admin open.
- Every answer to a fixed list of requests is byte for byte that of the plain host: status, body and
  the headers that belong to it. Only the address in the links of a page follows the mount, and a
  host that signs in by token answers 401 where one with sessions answers 403.

## Two traps

- **A late tenant model.** If the tenant model is not in its app's first migration, and that app's
  label sorts after `stackone_connect`, a clean `migrate` fails: it can't resolve the model.
  `ORGANIZATION_MIGRATION` names the migration that makes the model.
- **Another tenant model later.** Changing `ORGANIZATION_MODEL` after migrating changes no table,
  and Django says nothing. `manage.py check --database default` (or the alias that has our tables)
  reports `stackone_connect.E007`.

This page is written by `python -m tests.shapes.document`.
"""


def page() -> str:
    """The page as it should be."""
    rows = [
        "| shape | what is different | in `STACKONE_CONNECT` | what else it needs |",
        "|---|---|---|---|",
        *(_row(shape) for shape in SHAPES),
    ]
    return _BEFORE + "\n".join(rows) + "\n" + _AFTER


def _row(shape: Shape) -> str:
    own = {k: v for k, v in shape.settings.STACKONE_CONNECT.items() if k not in base.CONNECT}
    lines = "<br>".join(f'`"{key}": "{value}"`' for key, value in own.items())
    name = f"{shape.name}{' *' if shape.postgresql else ''}"
    return f"| {name} | {shape.differs} | {lines} | {shape.needs or '-'} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
