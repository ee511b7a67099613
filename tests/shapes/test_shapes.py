"""The catalogue of host shapes, one of them in full, and two of its traps.

``make shapes`` runs them all.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.shapes import document
from tests.shapes import run as shapes_run
from tests.shapes.catalogue import SHAPES, by_name
from tests.shapes.run import HERE, NOTHING_WRONG, run

ROOT = HERE.parent.parent


def manage(settings: str, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """``manage.py`` in a process of its own, on a database in a file, with these settings."""
    (folder / "host_settings.py").write_text(settings)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "host_settings",
        "DATABASE_URL": f"sqlite:///{folder / 'host.sqlite3'}",
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
    }
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", *words],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )


@pytest.mark.slow
def test_a_host_that_changes_every_default_of_rest_framework_passes_the_core_suite() -> None:
    code, output = run(by_name("drf_defaults"))
    assert code == NOTHING_WRONG, output


def test_every_settings_module_is_in_the_catalogue_once() -> None:
    names = [shape.name for shape in SHAPES]
    modules = {path.stem for path in (HERE / "settings").glob("*.py")} - {"__init__", "base"}
    assert sorted(names) == sorted(modules)


def test_shapes_that_need_what_is_not_installed_are_left_out_and_are_a_failure_in_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    needy = replace(by_name("plain"), packages=("nobody_has_this",))
    monkeypatch.setattr(shapes_run, "by_name", lambda name: needy)
    monkeypatch.delenv("CI", raising=False)
    assert shapes_run.main(["plain"]) == 0
    assert "nobody_has_this" in capsys.readouterr().out
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(shapes_run, "run", lambda shape, **_: (NOTHING_WRONG, "1 passed"))
    assert shapes_run.main(["plain"]) == 1


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mariadb"])
def test_every_database_has_its_shapes(database: str) -> None:
    names = {shape.name for shape in SHAPES if shape.runs_on(database)}
    assert "uuid_keys" in names
    assert ("schemas_own_users" in names) == (database == "postgresql")
    assert ("plain" in names) == (database != "postgresql")


def test_every_test_of_one_shape_only_belongs_to_a_shape() -> None:
    own = {path.stem.removeprefix("test_") for path in (HERE / "only").glob("test_*.py")}
    assert own < {shape.name for shape in SHAPES}


def test_the_page_of_host_shapes_is_what_the_catalogue_says() -> None:
    assert document.PAGE.read_text(encoding="utf-8") == document.page()


def test_the_page_shows_the_code_of_every_resolver_that_it_names() -> None:
    named = re.findall(r'"ORGANIZATION_RESOLVER": "(\w+)\.resolvers\.(\w+)"', document.page())
    assert len(named) >= 9
    for package, function in named:
        code = document.page().partition(f"`{package}.resolvers.py`:")[2].partition("```\n\n")[0]
        assert f"def {function}(" in code
        assert "tests.shapes" not in code


def test_a_host_without_the_admin_has_templates_all_the_same(tmp_path: Path) -> None:
    compiled = (
        "from django.template import Template",
        "Template('{% load stackone_connect stackone_connect_pages %}')",
    )
    settings = "from tests.shapes.settings.no_admin import *\n"
    done = manage(settings, "shell", "--no-imports", "-c", "; ".join(compiled), folder=tmp_path)
    assert done.returncode == 0, done.stderr


LATE = "from tests.shapes.settings.late_tenants import *\n"
WITHOUT_IT = f'{LATE}del STACKONE_CONNECT["ORGANIZATION_MIGRATION"]\n'


@pytest.mark.slow
def test_a_late_tenant_model_can_be_migrated_from_zero_and_back(tmp_path: Path) -> None:
    up = manage(LATE, "migrate", folder=tmp_path)
    assert up.returncode == 0, up.stderr
    down = manage(LATE, "migrate", "stackone_connect", "zero", folder=tmp_path)
    assert down.returncode == 0, down.stderr


@pytest.mark.slow
def test_a_late_tenant_model_that_is_not_named_stops_the_first_migrate(tmp_path: Path) -> None:
    stopped = manage(WITHOUT_IT, "migrate", folder=tmp_path)
    assert stopped.returncode != 0
    assert "Related model 'tenants.tenant' cannot be resolved" in stopped.stderr


@pytest.mark.slow
def test_a_tenant_model_that_changed_after_migrating_is_reported(tmp_path: Path) -> None:
    plain = "from tests.shapes.settings.plain import *\n"
    changed = f'{plain}STACKONE_CONNECT["ORGANIZATION_MODEL"] = "crm.Branch"\n'
    words = ("check", "--database", "default")
    assert manage(plain, "migrate", folder=tmp_path).returncode == 0
    assert manage(plain, *words, folder=tmp_path).returncode == 0
    checked = manage(changed, *words, folder=tmp_path)
    assert checked.returncode == 1
    assert "stackone_connect.E007" in checked.stderr
