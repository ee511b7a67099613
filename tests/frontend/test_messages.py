"""The messages of the element against the codes of the server."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.base import ContentFile
from django.test import Client

from example_project.accounts.models import Organization, User
from stackone_connect.api.errors import STATUSES
from stackone_connect.choices import SessionOutcome, SessionPath

FRONTEND = Path(settings.BASE_DIR) / "frontend/src"
CATALOGUES = sorted(FRONTEND.glob("messages/??.ts"))
SOURCES = [
    file
    for file in sorted(FRONTEND.glob("*/*.ts*"))
    if file not in CATALOGUES and file.name != "schema.ts" and ".test." not in file.name
]
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def texts(catalogue: Path) -> dict[str, str]:
    """The texts of a catalogue by their keys."""
    source = catalogue.read_text()
    table = source[source.index("= {") : source.index("\n};")]
    return dict(re.findall(r'^  (\w+):\s+"([^"]*)"', table, re.MULTILINE))


class Rewriting(ManifestStaticFilesStorage):
    support_js_module_import_aggregation = True


def imports_of(script: str) -> list[str]:
    """What a built script imports, at once or later."""
    return re.findall(r'(?:from|import\()"([^"]+)"', script)


@pytest.fixture
def known() -> set[str]:
    return set(texts(FRONTEND / "messages/en.ts"))


def test_every_error_code_has_a_message(known: set[str]) -> None:
    """Taken from the API's own table, so that a new code cannot be forgotten."""
    assert set(STATUSES) <= known


def test_every_path_and_every_outcome_has_a_message(known: set[str]) -> None:
    assert {f"path_{path}" for path in SessionPath.values} <= known
    assert {f"outcome_{outcome}" for outcome in SessionOutcome.values} <= known


def test_no_message_is_unused(known: set[str]) -> None:
    """Every key is one of the server's, is named in the scripts, or is made of a group."""
    named = " ".join(file.read_text() for file in SOURCES)
    groups = set(re.findall(r"`(\w+_)\$\{", named))
    from_server = set(STATUSES) | {"abandoned"}
    left = {key for key in known - from_server if not key.startswith(tuple(groups))}
    assert {key for key in left if not re.search(rf'["`]{key}\b', named)} == set()


def test_there_are_four_languages() -> None:
    assert [file.stem for file in CATALOGUES] == ["de", "en", "es", "fr"]


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda file: file.stem)
def test_a_translation_is_complete_and_fills_in_the_same(catalogue: Path) -> None:
    english, translated = texts(FRONTEND / "messages/en.ts"), texts(catalogue)
    assert set(translated) == set(english)
    for key, text in english.items():
        assert sorted(_PLACEHOLDER.findall(translated[key])) == sorted(_PLACEHOLDER.findall(text))
        assert translated[key].strip() == translated[key] != ""


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda file: file.stem)
def test_no_sentence_ends_twice(catalogue: Path) -> None:
    """Such as "a.m.." or "cancelled ."."""
    for text in texts(catalogue).values():
        assert not re.search(r"\.\.|\s[.,]|\s$", text)


@pytest.mark.django_db
def test_the_element_can_tell_a_stale_token_from_another_refusal() -> None:
    """Both are ``permission_denied``; the element looks for "CSRF" in the detail."""
    organization = Organization.objects.create(name="Acme")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.create_user("member", organization=organization))
    answer = browser.post("/api/stackone/connect-sessions/", headers={"X-CSRFToken": "a" * 64})
    assert answer.json()["code"] == "permission_denied"
    assert re.search(r"\bCSRF\b", answer.json()["detail"])


@pytest.mark.parametrize("source", SOURCES, ids=lambda file: file.name)
def test_the_scripts_are_short_and_touch_nothing_dangerous(source: Path) -> None:
    text = source.read_text()
    assert len(text.splitlines()) <= 250
    for forbidden in ("innerHTML", "eval(", "new Function", ".style.", "localStorage"):
        assert forbidden not in text


def test_the_elements_script_needs_nothing_but_what_is_beside_it() -> None:
    """Built and committed: a host needs no Node."""
    found = finders.find("stackone_connect/connect.js")
    assert isinstance(found, str)
    folder = Path(found).parent
    scripts = sorted([*folder.glob("connect*.js"), *folder.glob("messages*.js")])
    assert [file.name for file in scripts] == [
        "connect-flow.js",
        "connect-shared.js",
        "connect.js",
        *(f"messages-{language}.js" for language in ("de", "es", "fr")),
    ]
    for script in scripts:
        text = script.read_text()
        assert set(imports_of(text)) <= {f"./{file.name}" for file in scripts}
        for forbidden in ("innerHTML", "eval(", "new Function", "localStorage"):
            assert forbidden not in text


def test_a_storage_that_rewrites_imports_can_follow_them(tmp_path: Path) -> None:
    """Django's refuses files that import each other."""
    folder = Path(str(finders.find("stackone_connect/connect.js"))).parent
    storage = Rewriting(location=tmp_path, base_url="/static/")
    names = {f"stackone_connect/{file.name}": file for file in folder.glob("*.js")}
    for name, file in names.items():
        storage.save(name, ContentFile(file.read_bytes()))
    for _, _, processed in storage.post_process({name: (storage, name) for name in names}):
        assert processed is True or processed is False, processed
    scripts = {file.name: file.read_text() for file in tmp_path.glob("stackone_connect/*.*.js")}
    assert len(scripts) == len(names)
    for text in scripts.values():
        assert {path.removeprefix("./") for path in imports_of(text)} <= set(scripts)


def test_the_element_is_small() -> None:
    """What a page loads before anything is pressed, as a server sends it."""
    folder = Path(str(finders.find("stackone_connect/connect.js"))).parent
    eager = [folder / "connect.js", folder / "connect-shared.js"]
    assert sum(len(gzip.compress(file.read_bytes())) for file in eager) < 10_000
