"""The catalogues have every sentence of the source, and every translation."""

from __future__ import annotations

import gettext
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import django
import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import override_settings
from django.utils import translation

from scripts import messages
from tests.languages.catalogues import (
    FOLDERS,
    LANGUAGES,
    ROOT,
    Entry,
    catalogue,
    english,
    entries_of,
    file_of,
    tags_of,
    values_of,
)
from tests.required import missing

OURS = {"stackone_connect", "stackone_sandbox", "accounts", "integrations"}
each_catalogue = pytest.mark.parametrize(
    ("folder", "language"), [(folder, language) for folder in FOLDERS for language in LANGUAGES]
)


@each_catalogue
def test_every_sentence_is_translated(folder: str, language: str) -> None:
    entries = catalogue(folder, language)
    assert len(entries) > {"stackone_connect": 590, "example_project": 15}[folder]
    for entry in entries:
        assert not entry.flags & {"fuzzy", "obsolete"}, entry.one
        assert len(entry.told) == (2 if entry.many else 1), entry.one
        assert all(entry.told), f"{language} says nothing for {entry.one!r}"


@each_catalogue
def test_a_translation_has_the_values_and_the_markup_of_its_sentence(
    folder: str, language: str
) -> None:
    for entry in catalogue(folder, language):
        # A singular may say "the one account" where the plural gives the number.
        assert values_of(entry.told[-1]) == entry.values, entry.one
        assert values_of(entry.told[0]) in {values_of(entry.one), entry.values}, entry.one
        for told in entry.told:
            assert tags_of(told) == tags_of(entry.many or entry.one), entry.one
            assert told.endswith("\n") == entry.one.endswith("\n")


@each_catalogue
def test_a_translation_ends_as_its_sentence_does(folder: str, language: str) -> None:
    """A full stop that is left out, or that is there twice, shows beside the next sentence."""
    for entry in catalogue(folder, language):
        for told in entry.told:
            assert told.rstrip("»“")[-1:] in _endings(entry), (entry.one, told)


def _endings(entry: Entry) -> set[str]:
    end = entry.one.rstrip('”"')[-1]
    if end in ".?!:":
        return {end}
    return {each for each in map(chr, range(32, 0x2FF)) if each not in ".!"}


@each_catalogue
def test_what_is_shipped_was_compiled_from_the_catalogue(folder: str, language: str) -> None:
    with file_of(folder, language, "mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for entry in catalogue(folder, language):
        if entry.many:
            assert compiled.ngettext(entry.one, entry.many, 1) == entry.told[0]
            assert compiled.ngettext(entry.one, entry.many, 2) == entry.told[1]
        elif entry.context:
            assert compiled.pgettext(entry.context, entry.one) == entry.told[0]
        else:
            assert compiled.gettext(entry.one) == entry.told[0]


@pytest.fixture
def extracted(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a folder whose catalogues were brought up to date with its source."""
    if not messages.is_there():
        missing("GNU gettext is not installed")

    def extract(folder: str, *, more: str = "") -> Path:
        copy = tmp_path / folder
        ignored = shutil.ignore_patterns("node_modules", "frontend", "static", "*.pyc")
        shutil.copytree(ROOT / folder, copy, ignore=ignored)
        (copy / "more.py").write_text(more, encoding="utf-8")
        with override_settings(LOCALE_PATHS=[]):
            messages.extract(copy, ignored=messages.FOLDERS[folder])
        return copy

    return extract


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_catalogues_are_what_the_source_says(
    folder: str, extracted: Callable[[str], Path]
) -> None:
    copy = extracted(folder)
    for language in LANGUAGES:
        file = copy / f"locale/{language}/LC_MESSAGES/django.po"
        found = {_shown(entry) for entry in entries_of(file.read_text(encoding="utf-8"))}
        ours = {_shown(entry) for entry in catalogue(folder, language)}
        assert found == ours, f"Run 'make messages', and translate what is new to {language}."


def _shown(entry: Entry) -> Entry:
    """Without the flags, which differ from one release of gettext to the next."""
    return replace(entry, flags=frozenset())


def test_a_sentence_that_no_catalogue_has_would_be_found(
    extracted: Callable[..., Path],
) -> None:
    copy = extracted("example_project", more='from x import _\n_("The moon is out.")\n')
    text = (copy / "locale/de/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    (new,) = [entry for entry in entries_of(text) if entry.one == "The moon is out."]
    assert new.told == ("",)


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_sentences_are_told_apart_from_english(language: str) -> None:
    """What the other tests here look for on pages."""
    assert len(english(language)) > 400


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_no_migration(language: str) -> None:
    with translation.override(language):
        call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_another_apps_with_another_translation(language: str) -> None:
    """All apps share one catalogue: the same text, told apart, would change theirs or ours."""
    ours = {e.one: e.told[0] for e in catalogue("stackone_connect", language) if not e.context}
    path = f"locale/{language}/LC_MESSAGES/django.mo"
    files = set(Path(django.__file__).parent.rglob(path))
    files |= {Path(app.path) / path for app in apps.get_app_configs() if app.label not in OURS}
    for file in filter(Path.exists, files):
        with file.open("rb") as compiled:
            theirs = gettext.GNUTranslations(compiled)
        for one, told in ours.items():
            assert theirs.gettext(one) in {one, told}, f"{file} has {one!r}, too"
