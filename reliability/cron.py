"""Cron's process: runs management commands, at a time that it is told.

Reads a line of JSON for each, ``{"command": […], "clock": seconds, …}``, and answers with one.
"""

from __future__ import annotations

import json
import sys
import time
from io import StringIO
from typing import Any

import django
from django.core.management import CommandError, call_command
from django.db import close_old_connections

from reliability import clocks, killing


def run(command: list[str], clock: float, passed: float, kill: int) -> dict[str, Any]:
    """``error`` is the sentence with which it ended, ``crash`` the exception that nobody caught.

    ``clock`` is how wrong this process's clock is; ``passed`` is time that goes by everywhere.
    """
    clocks.shift(clock, passed=passed)
    close_old_connections()
    points = killing.Points(kill)
    points.watch()
    started = time.monotonic()
    said = {"error": "", "crash": ""}
    try:
        call_command(*command, stdout=StringIO(), stderr=StringIO())
    except CommandError as error:
        said["error"] = str(error)
    except Exception as error:  # noqa: BLE001 - what a terminal would show as a traceback
        said["crash"] = f"{type(error).__name__}: {error}"
    finally:
        points.unwatch()
    return said | {"seconds": time.monotonic() - started, "points": points.passed}


def main() -> None:
    django.setup()
    for line in sys.stdin:
        print(json.dumps(run(**json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
