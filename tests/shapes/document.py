"""``python -m tests.shapes.document``: write ``docs/host-shapes.md`` from the catalogue."""

from __future__ import annotations

import json
from pathlib import Path

from tests.shapes.catalogue import SHAPES, Shape
from tests.shapes.settings import base

_HOSTS = "tests.shapes.hosts."
PAGE = Path(__file__).resolve().parents[2] / "docs" / "host-shapes.md"

_BEFORE = """\
# Host shapes

Which kinds of Django project `stackone_connect` is tested in, with the real packages: `make
shapes`, on SQLite and, where a database makes a difference, on PostgreSQL (marked *) and MariaDB
(+). One core suite runs unchanged in each; where a host changes nothing of how we answer (marked
-), the main job, from the first session to the deleted tenant and user. Find the ones that your
project is like, and take their lines; shapes combine.

Beside `API_KEY`, and `PERMISSION_CLASSES` once you have decided who may connect, the lines are all
that is needed in `STACKONE_CONNECT`. Everything else of the host stays as it is.

"""

_RESOLVERS = """
## The resolvers of these hosts

A resolver takes the request and answers the organization, or `None` for nobody. It must check all
that your own pages check: that the user is a member, and that the organization is still one (not
closed, not soft-deleted). Nothing else stands between what a browser says and another's accounts.

"""
_IN_THE_ADDRESS = """
With the tenant in the address, mount us below it:

```python
path("teams/<int:team>/stackone/", include("stackone_connect.urls"))
```

Our views ignore what your address captures, whatever it is called; the resolver finds it in
`request.resolver_match.kwargs`, and permission classes in `view.kwargs`. Capture by name: Django
drops groups without a name where an address has others with one. `{% stackone_connect %}` writes
the address of the page's own tenant, so a page of one tenant goes on acting for it, whatever
another tab switched to.
"""

_AFTER = """
## What the core suite shows in each

- Migrating from zero makes our tables where the host's router says and nowhere else,
  `makemigrations --check` is clean, and `check --database` has neither errors nor warnings.
- The main job: issue, finish in the hub, complete, list, disconnect; and webhooks.
- StackOne is never called inside a database transaction.
- Nobody signed in, no organization, malformed ids, another tenant's ids (byte for byte as unknown
  ones), a user who changed organization in between; and that refusals leave no row.
- A renamed organization keeps the name that StackOne knows; one that connected something can't be
  deleted before `owners.offboard`; a deleted user's sessions stay.
- The pages of the admin open.
- Every answer to a fixed list of requests is byte for byte that of the plain host: status, body and
  the headers that belong to it. Only the address in the links of a page follows the mount, and a
  host that signs in by token answers 401 where one with sessions answers 403.

## Three traps

- **A late tenant model.** If the tenant model is not in its app's first migration, and that app's
  label sorts after `stackone_connect`, a clean `migrate` fails: it can't resolve the model.
  `ORGANIZATION_MIGRATION` names the migration that makes the model.
- **Another tenant model later.** Changing `ORGANIZATION_MODEL` after migrating changes no table,
  and Django says nothing. `manage.py check --database default` (or the alias that has our tables)
  reports `stackone_connect.E007`.
- **A middleware's transaction.** Our views leave `ATOMIC_REQUESTS`; what a middleware opens around
  every request they can't leave, and refuse to call StackOne in it: 500, and `TransactionOpenError`
  in the log. django-reversion's `RevisionMiddleware` is one. A subclass of it with `atomic = False`
  keeps the revisions; or let its `request_creates_revision` leave out our addresses.

This page is written by `python -m tests.shapes.document`.
"""


def page() -> str:
    """The page as it should be."""
    rows = [
        "| shape | what is different | in `STACKONE_CONNECT` | what else it needs |",
        "|---|---|---|---|",
        *(_row(shape) for shape in SHAPES),
    ]
    table = "\n".join(rows) + "\n"
    return _BEFORE + table + _RESOLVERS + "\n".join(_resolvers()) + _IN_THE_ADDRESS + _AFTER


def _resolvers() -> list[str]:
    """The whole code of every resolver that the table names, with the models that it asks."""
    named = [shape.settings.STACKONE_CONNECT.get("ORGANIZATION_RESOLVER") for shape in SHAPES]
    packages = {path.rsplit(".", 2)[0] for path in named if path and path.startswith(_HOSTS)}
    return [
        f"`{module.removeprefix(_HOSTS)}.py`:\n\n```python\n{_source(module)}```\n"
        for package in sorted(packages)
        for module in (f"{package}.resolvers", f"{package}.models")
        if _file(module).exists()
    ]


def _source(module: str) -> str:
    return _file(module).read_text(encoding="utf-8").replace(_HOSTS, "")


def _file(module: str) -> Path:
    return PAGE.parents[1].joinpath(*module.split(".")).with_suffix(".py")


def _row(shape: Shape) -> str:
    own = {k: v for k, v in shape.settings.STACKONE_CONNECT.items() if k not in base.CONNECT}
    lines = "<br>".join(f"`{_line(key, value)}`" for key, value in own.items())
    marks = {
        "*": shape.postgresql or shape.only_on == "postgresql",
        "+": shape.mariadb,
        "-": shape.suite != "core",
    }
    name = " ".join([shape.name, *(mark for mark, is_so in marks.items() if is_so)])
    return f"| {name} | {shape.differs} | {lines} | {shape.needs or '-'} |"


def _line(key: str, value: object) -> str:
    shown = value.removeprefix(_HOSTS) if isinstance(value, str) else value
    return json.dumps({key: shown}, ensure_ascii=False)[1:-1]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
