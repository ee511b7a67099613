"""The commands and settings of the documentation, for tests that run them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCED = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Steps:
    """The lines for ``settings.py``, those for ``urls.py``, and the management commands."""

    settings: str
    urls: str
    commands: list[list[str]]


def steps(readme: str, *, heading: str) -> Steps:
    """The fenced blocks between a heading and the next one of its level or above."""
    found = re.search(rf"^(#+) {re.escape(heading)}$", readme, re.MULTILINE)
    assert found, f"The README has no heading {heading!r}."
    rest = readme[found.end() :]
    following = re.search(rf"^#{{1,{len(found[1])}}} ", _without_code(rest), re.MULTILINE)
    blocks = list(_FENCED.finditer(rest[: following.start()] if following else rest))
    python = [block["text"] for block in blocks if block["language"] == "python"]
    console = [block["text"] for block in blocks if block["language"] == "console"]
    (settings,) = [text for text in python if "INSTALLED_APPS" in text]
    (urls,) = [text for text in python if "urlpatterns" in text]
    commands = re.findall(r"^\$ python manage\.py (.+)$", "".join(console), re.MULTILINE)
    return Steps(settings=settings, urls=urls, commands=[line.split() for line in commands])


def files(page: str) -> dict[str, str]:
    """The fenced blocks that begin with a comment that names a file, by that name."""
    texts = [block["text"] for block in _FENCED.finditer(page)]
    named = [(re.match(r"# (\S+\.\w+)\n", text), text) for text in texts]
    return {name[1]: text for name, text in named if name}


def _without_code(text: str) -> str:
    """The same length, where a comment in a block is no heading."""
    return _FENCED.sub(lambda block: "`" * len(block[0]), text)
