"""The React page's build: the files that ``make frontend`` makes, by the manifest Vite writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from django.conf import settings
from django.contrib.staticfiles import finders

FOLDER = "react"
ENTRY = "src/main.tsx"


@dataclass(frozen=True)
class Build:
    """URLs of what the page itself loads; the script loads the hub's chunk."""

    script: str
    styles: list[str]


def build() -> Build | None:
    """The build, or ``None`` where there is none.

    Read on every call, because the names of the files change with every build.
    """
    manifest = finders.find(f"{FOLDER}/manifest.json")
    if not isinstance(manifest, str):
        return None
    entry = json.loads(Path(manifest).read_text(encoding="utf-8"))[ENTRY]
    return Build(
        script=_address(entry["file"]),
        styles=[_address(style) for style in entry.get("css", [])],
    )


def _address(file: str) -> str:
    """The URL by Vite's name, and not by the one that Django's manifest storage would add.

    The hub's chunk imports the page's script by Vite's name. With two names the browser would
    load it twice, and React too.
    """
    return urljoin(settings.STATIC_URL, f"{FOLDER}/{file}")
