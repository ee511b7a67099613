"""docs/sandbox.md says what the sandbox knows."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands, load_command_class

from stackone_connect.sandbox.catalogue import CONNECTORS, Connector

PAGE = (Path(settings.BASE_DIR) / "docs" / "sandbox.md").read_text()


def connects_by(connector: Connector) -> str:
    if not connector.active:
        return "not enabled"
    asks = ["form"] if connector.fields else []
    return " and ".join([*asks, "consent"] if connector.uses_popup else asks)


def test_the_table_of_connectors_is_the_catalogue() -> None:
    table = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
    assert table == [
        (item.provider, item.name, ", ".join(item.categories), connects_by(item))
        for item in CONNECTORS
    ]


def test_every_command_that_is_shown_can_be_typed() -> None:
    command = load_command_class(get_commands()["stackone_sandbox"], "stackone_sandbox")
    parser = command.create_parser("manage.py", "stackone_sandbox")
    shown = re.findall(r"^\$ python manage\.py stackone_sandbox (.+)$", PAGE, re.MULTILINE)
    assert len(shown) > 5
    for line in shown:
        parser.parse_args(re.sub(r'"[^"]*"', "text", line).split())
