"""The React page as the server draws it, built and not built."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from example_project.accounts.models import Organization, User
from example_project.integrations import frontend

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client: Client) -> Client:
    organization = Organization.objects.create(name="Acme & Sons")
    client.force_login(
        User.objects.create_user("member@acme.example", password="pw", organization=organization)
    )
    return client


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A manifest as Vite writes one."""
    manifest = tmp_path / "manifest.json"
    entry = {"file": "assets/main-1.js", "css": ["assets/main-1.css"], "isEntry": True}
    hub = {"file": "assets/hub-1.js", "isDynamicEntry": True}
    manifest.write_text(json.dumps({"src/main.tsx": entry, "node_modules/hub.js": hub}))
    monkeypatch.setattr(finders, "find", lambda path: str(manifest))
    return manifest


@pytest.fixture
def not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finders, "find", lambda path: None)


def test_somebody_who_is_not_signed_in_is_asked_to(client: Client) -> None:
    answer = client.get("/react/", follow=True)
    assert answer.redirect_chain == [("/sign-in/?next=/react/", 302)]


@pytest.mark.usefixtures("built")
def test_a_user_without_organization_is_told_so(client: Client) -> None:
    client.force_login(User.objects.create_user("nobody"))
    page = client.get("/react/").text
    assert "You are not in an organization yet" in page
    assert "data-api" not in page


@pytest.mark.usefixtures("not_built")
def test_where_it_was_not_built_the_page_says_how_to_and_leads_to_the_other(
    browser: Client,
) -> None:
    answer = browser.get("/react/")
    assert answer.status_code == 503
    assert "This page has not been built here" in answer.text
    assert "make frontend" in answer.text
    assert 'class="button" href="/"' in answer.text
    assert "<script" not in answer.text


@pytest.mark.usefixtures("built")
def test_the_page_loads_what_the_manifest_names_and_nothing_of_the_hub(browser: Client) -> None:
    page = browser.get("/react/").text
    assert '<script type="module" src="/static/react/assets/main-1.js"></script>' in page
    assert '<link rel="stylesheet" href="/static/react/assets/main-1.css">' in page
    assert "hub-1.js" not in page


@pytest.mark.usefixtures("built")
def test_the_scripts_keep_the_names_by_which_they_import_each_other(
    settings: Any,
) -> None:
    """In production, too, where static files are otherwise served under names of Django's."""
    storage = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": storage}}
    settings.DEBUG = False
    assert frontend.build() == frontend.Build(
        script="/static/react/assets/main-1.js", styles=["/static/react/assets/main-1.css"]
    )


def test_a_new_build_is_served_without_a_restart(browser: Client, built: Path) -> None:
    browser.get("/react/")
    built.write_text(built.read_text().replace("main-1.js", "main-2.js"))
    assert "/static/react/assets/main-2.js" in browser.get("/react/").text


@pytest.mark.usefixtures("built")
def test_the_page_tells_its_script_where_the_api_and_the_hub_are(browser: Client) -> None:
    page = browser.get("/react/").text
    assert 'data-api="/api/stackone/"' in page
    assert 'data-allow-multiple="false"' in page
    assert 'data-organization="Acme &amp; Sons"' in page
    assert 'data-hub-base-url="/sandbox"' in page
    assert "[&quot;bamboohr&quot;, &quot;BambooHR&quot;]" in page
    assert "csrfmiddlewaretoken" in page


@pytest.mark.usefixtures("built")
def test_the_page_works_under_a_policy_without_inline_scripts(browser: Client) -> None:
    answer = browser.get("/react/")
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    for attributes, content in re.findall(r"<script([^>]*)>(.*?)</script>", answer.text, re.DOTALL):
        assert "src=" in attributes
        assert not content.strip()
