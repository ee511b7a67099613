"""The catalogues of sentences, brought up to date with the source and compiled (``make messages``).

Django's own ``makemessages``, with three differences. Nothing is guessed from a similar sentence: a
translation that nobody has looked at is worse than none. What is no longer said is dropped. The
date of the run is not written, so that a catalogue changes only where a sentence does.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import chdir
from pathlib import Path

from django.core.management import call_command
from django.core.management.commands import compilemessages, makemessages

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("de", "es", "fr")
#: Folders with catalogues, and what in them speaks to developers and stays English.
FOLDERS = {
    "stackone_connect": ["sandbox/*", "contrib/*", "testing/*"],
    "example_project": ["frontend/*", "static/*"],
}
_DATE = '"POT-Creation-Date:'


class _Make(makemessages.Command):
    def __init__(self) -> None:
        super().__init__()
        self.msgmerge_options = [*self.msgmerge_options, "--no-fuzzy-matching"]


def is_there() -> bool:
    """Whether GNU gettext is installed, which does the work."""
    return all(shutil.which(name) for name in ("xgettext", "msgmerge", "msguniq", "msgattrib"))


def extract(folder: Path, *, ignored: list[str]) -> None:
    """Bring the catalogues of a folder up to date with its source."""
    with chdir(folder):
        call_command(
            _Make(),
            locale=list(LANGUAGES),
            ignore_patterns=ignored,
            no_wrap=True,
            no_obsolete=True,
            add_location="file",
            verbosity=0,
        )
    for file in folder.glob("locale/*/LC_MESSAGES/*.po"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text(
            "".join(line for line in lines if not line.startswith(_DATE)), encoding="utf-8"
        )


def compile_catalogues(folder: Path) -> None:
    """Compile them, for Python to read."""
    with chdir(folder):
        call_command(compilemessages.Command(), verbosity=0)


def main() -> None:
    """Extract and compile, in place."""
    if not is_there():
        sys.exit("GNU gettext is needed: apt-get install gettext.")
    for name, ignored in FOLDERS.items():
        extract(ROOT / name, ignored=ignored)
        compile_catalogues(ROOT / name)


if __name__ == "__main__":
    main()
