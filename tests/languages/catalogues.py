"""The catalogues that are shipped, read without gettext's own programs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("de", "es", "fr")
FOLDERS = ("stackone_connect", "example_project")
_KEYWORD = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) (".*")')
_VALUE = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
#: Parts of sentences that are longer are looked for anywhere in a text.
_LONG = 12
_TAG = re.compile(r"</?\w+[^>]*>")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A sentence, where it stands, and its translations: one, or one for each plural."""

    one: str
    told: tuple[str, ...]
    many: str = ""
    context: str = ""
    places: tuple[str, ...] = ()
    flags: frozenset[str] = field(default_factory=frozenset)

    @property
    def values(self) -> frozenset[str]:
        """What is put into it."""
        return frozenset(_VALUE.findall(self.many or self.one))


def values_of(text: str) -> frozenset[str]:
    """What is put into a text."""
    return frozenset(_VALUE.findall(text))


def tags_of(text: str) -> list[str]:
    """The markup in a text, whatever its order."""
    return sorted(_TAG.findall(text))


def file_of(folder: str, language: str, kind: str = "po") -> Path:
    return ROOT / folder / f"locale/{language}/LC_MESSAGES/django.{kind}"


@cache
def catalogue(folder: str, language: str) -> tuple[Entry, ...]:
    """All sentences of a catalogue, without its header."""
    return entries_of(file_of(folder, language).read_text(encoding="utf-8"))


def entries_of(text: str) -> tuple[Entry, ...]:
    blocks = text.rstrip("\n").split("\n\n")
    return tuple(entry for entry in map(_entry, blocks) if entry.one)


def _entry(block: str) -> Entry:
    found: dict[str, str] = {}
    places: list[str] = []
    flags: list[str] = []
    keyword = ""
    for line in block.splitlines():
        if line.startswith("#~"):
            flags.append("obsolete")
        elif line.startswith("#:"):
            places += line[2:].split()
        elif line.startswith("#,"):
            flags += line[2:].split(", ")
        elif match := _KEYWORD.fullmatch(line):
            keyword = match[1]
            found[keyword] = json.loads(match[2])
        elif line.startswith('"'):
            found[keyword] += json.loads(line)
    return Entry(
        one=found.get("msgid", "obsolete"),
        many=found.get("msgid_plural", ""),
        context=found.get("msgctxt", ""),
        told=tuple(text for name, text in found.items() if name.startswith("msgstr")),
        places=tuple(places),
        flags=frozenset(flag.strip() for flag in flags),
    )


def parts_of(sentence: str) -> list[str]:
    """The words of a sentence between what is put into it and its markup, as a page shows them."""
    parts = _VALUE.sub("\n", _TAG.sub("\n", sentence)).splitlines()
    return [part.strip(' .:;,?()“”"') for part in parts]


@cache
def english(language: str) -> frozenset[str]:
    """What nobody who reads this language may read: parts of English sentences.

    Without those that a translation has as well, such as a name.
    """
    parts = {
        part for entry in _all(language) for text in (entry.one, entry.many)
        for part in parts_of(text)
    }  # fmt: skip
    told = "\n".join(text for entry in _all(language) for text in entry.told)
    return frozenset(part for part in parts if len(part) > _LONG and part not in told)


@cache
def english_words(language: str) -> frozenset[str]:
    """Whole texts that are too short to be looked for within others."""
    said = {entry.one for entry in _all(language) if not entry.values and not tags_of(entry.one)}
    told = {text for entry in _all(language) for text in entry.told}
    return frozenset({text[:1].upper() + text[1:] for text in said - told} | said - told) - told


def _all(language: str) -> list[Entry]:
    return [entry for folder in FOLDERS for entry in catalogue(folder, language)]


def left_in(text: str, language: str) -> list[str]:
    """The English that a text in this language still has; lines are told apart."""
    lines = {line.strip(" ·:–") for line in text.splitlines()}
    long = {part for part in english(language) if part in text}
    return sorted(long | (lines & english_words(language)))
