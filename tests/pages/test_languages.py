"""Every sentence of the pages, in every language that is shipped."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

from stackone_connect import clock
from stackone_connect.models import OriginOwner
from tests.factories import AccountFactory, SessionFactory

PACKAGE = Path(__file__).resolve().parents[2] / "stackone_connect"
LANGUAGES = ("de", "es", "fr")
#: What is translated so far: what customers see.
TRANSLATED = ("pages/", "templates/stackone_connect/", "exceptions.py", "api/", "payloads.py")
_STRING = re.compile(r'^"(.*)"$', re.MULTILINE)
_ENTRY = re.compile(
    r'(?:msgctxt "(?P<context>.*)"\n)?msgid (?P<one>".*"(?:\n".*")*)\n'
    r'(?:msgid_plural (?P<many>".*"(?:\n".*")*)\n)?'
    r'(?P<told>(?:msgstr(?:\[\d\])? ".*"\n?(?:".*"\n?)*)+)'
)
_VALUE = re.compile(r"%\((\w+)\)[sd]")


class Entry:
    """A sentence of a catalogue, where it stands, and its translations."""

    def __init__(self, block: str, found: re.Match[str]) -> None:
        self.places = re.findall(r"^#: (.+)$", block, re.MULTILINE)
        self.is_fuzzy = "#, fuzzy" in block
        self.context = found["context"]
        self.one = _joined(found["one"])
        self.many = _joined(found["many"]) if found["many"] else ""
        self.told = [
            _joined(part)
            for part in re.split(r"^msgstr(?:\[\d\])? ", found["told"], flags=re.MULTILINE)[1:]
        ]


def _joined(quoted: str) -> str:
    texts = re.findall(r'"((?:[^"\\]|\\.)*)"', quoted)
    return "".join(texts).replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


def catalogue(language: str) -> list[Entry]:
    """What the catalogue has for the pages."""
    text = (PACKAGE / f"locale/{language}/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    found = [(block, _ENTRY.search(block)) for block in text.split("\n\n")[1:]]
    entries = [Entry(block, match) for block, match in found if match]
    return [
        e
        for e in entries
        if any(p.startswith(TRANSLATED) for each in e.places for p in each.split())
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_pages_is_translated_with_its_values(language: str) -> None:
    entries = catalogue(language)
    assert len(entries) > 120
    for entry in entries:
        assert not entry.is_fuzzy, entry.one
        assert entry.told, entry.one
        for text in entry.told:
            assert text, f"{language} says nothing for {entry.one!r}"
            assert set(_VALUE.findall(text)) == set(_VALUE.findall(entry.many or entry.one))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_shipped_was_compiled_from_the_catalogue(language: str) -> None:
    with (PACKAGE / f"locale/{language}/LC_MESSAGES/django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for entry in catalogue(language):
        if entry.many:
            assert compiled.ngettext(entry.one, entry.many, 1) == entry.told[0]
            assert compiled.ngettext(entry.one, entry.many, 2) == entry.told[1]
        elif entry.context:
            assert compiled.pgettext(entry.context, entry.one) == entry.told[0]
        else:
            assert compiled.gettext(entry.one) == entry.told[0]


def test_the_catalogues_have_every_sentence_that_the_pages_say() -> None:
    """As ``makemessages`` finds them, without gettext's own programs."""
    said: set[str] = set()
    for file in (PACKAGE / "templates/stackone_connect").rglob("*.html"):
        source = file.read_text(encoding="utf-8")
        said |= set(re.findall(r'{% translate "([^"]+)"', source))
        said |= set(re.findall(r"{% translate '([^']+)'", source))
    wording = (PACKAGE / "pages/wording.py").read_text(encoding="utf-8")
    said |= set(re.findall(r'\bgettext(?:_lazy)?\(\s*"([^"]+)"', wording))
    assert len(said) > 50
    for language in LANGUAGES:
        assert said <= {entry.one for entry in catalogue(language)}


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("de", "member@acme.example hat BambooHR (EMEA) verbunden"),
        ("es", "member@acme.example conectó BambooHR (EMEA)"),
        ("fr", "member@acme.example a connecté BambooHR (EMEA)"),
    ],
)
def test_the_page_speaks_the_language_of_the_request(
    language: str, sentence: str, browser: Client, owner: OriginOwner
) -> None:
    account = AccountFactory.create(owner=owner, label="EMEA", status="error")
    SessionFactory.create(
        owner=owner, status="completed", outcome="create", account_id=account.account_id,
        completed_at=clock.now(),
    )  # fmt: skip
    with translation.override(language):
        page = browser.get("/").content.decode()
    assert sentence in page
    for english in ("Linked accounts", "Needs reconnecting", "Connect an account", "ago"):
        assert f">{english}<" not in page
