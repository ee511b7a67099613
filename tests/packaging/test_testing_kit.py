"""A new project that adds the plugin and types what docs/testing.md says."""

from __future__ import annotations

import ast
import re

import pytest

from tests.packaging.project import ROOT, Project, append
from tests.packaging.readme import files

pytestmark = pytest.mark.slow

PAGE = """
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from stackone_connect.services import accounts


@login_required
def integrations(request):
    linked = accounts.linked_accounts(organization=request.user.organization)
    return HttpResponse("<br>".join(f"{a.provider_name}: {a.status}" for a in linked))
"""

PAGE_URL = """
from tenants.views import integrations
urlpatterns += [path("integrations/", integrations)]
"""

FILES = files((ROOT / "docs" / "testing.md").read_text())
#: No cache of pytest's, and warnings are errors: the plugin brings none.
PYTEST = ("-m", "pytest", "-p", "no:cacheprovider", "-W", "error")


@pytest.fixture(scope="session")
def shop(deployed_project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The new project with a connect page of its own, and the page's files."""
    project = deployed_project.copy(tmp_path_factory.mktemp("shop"))
    (project.folder / "tenants" / "views.py").write_text(PAGE)
    append(project.folder / "shop" / "urls.py", PAGE_URL)
    for name, text in FILES.items():
        (project.folder / name).write_text(text)
    return project


def test_everything_that_the_page_says_passes(shop: Project) -> None:
    tests = [name for name in FILES if name.startswith("test_")]
    assert len(tests) == 4
    assert re.search(r"\b11 passed in", shop.python(*PYTEST, "-q", *tests))


def test_the_test_of_the_own_connect_page_has_ten_lines() -> None:
    (function,) = [
        node
        for node in ast.parse(FILES["test_connecting.py"]).body
        if isinstance(node, ast.FunctionDef)
    ]
    assert function.end_lineno is not None
    assert function.end_lineno - function.lineno + 1 <= 10


def test_the_plugin_comes_with_the_wheel(shop: Project) -> None:
    told = shop.python(*PYTEST, "--fixtures", "-v", "test_connecting.py")
    assert re.search(
        r"^stackone_sandbox -- .*stackone_connect/testing/plugin\.py", told, re.MULTILINE
    )


def test_where_the_sandbox_is_not_installed_the_test_says_what_to_do(shop: Project) -> None:
    done = shop.run(*PYTEST, "--ds", "shop.settings", "test_connecting.py")
    assert done.returncode == 1, done.stdout + done.stderr
    assert 'INSTALLED_APPS += ["stackone_connect.sandbox"]' in done.stdout
    assert "Traceback" not in done.stdout


def test_a_test_that_does_not_ask_for_it_needs_neither_sandbox_nor_settings(shop: Project) -> None:
    (shop.folder / "plain").mkdir()
    (shop.folder / "plain" / "test_plain.py").write_text(
        "import sys\n\n\ndef test_nothing_of_django_was_loaded_by_the_plugin():\n"
        "    assert 'stackone_connect.testing.plugin' in sys.modules\n"
        "    assert 'stackone_connect.client' not in sys.modules\n"
        "    assert 'rest_framework' not in sys.modules\n"
    )
    (shop.folder / "plain" / "pytest.ini").write_text("[pytest]\n")
    assert "1 passed" in shop.python(*PYTEST, "-q", "-p", "no:django", "plain")
