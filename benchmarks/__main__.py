"""``python -m benchmarks [suite …]``: measure, write ``results.json`` and docs/performance.md.

All suites without a name, and then nothing of a former run is kept. In the environment:
``CHECK=1``, exit code 1 where a median misses its goal; ``ROUNDS`` and ``SECONDS``, how long to
measure. ``--keep``: use the rows that a former run has made, where a suite leaves any.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from inspect import signature
from typing import cast

import django

from benchmarks import page, results

#: The module of each suite; its ``measure()`` returns the results, and may take ``keep``.
SUITES = {
    "million_vs_thousand_p95": "benchmarks.million.suite",
    "issue": "benchmarks.issue",
    "waiting": "benchmarks.waiting",
    "webhook": "benchmarks.webhook",
    "sync": "benchmarks.sync",
    "client": "benchmarks.client",
    "app": "benchmarks.app",
}

Measure = Callable[..., results.Results]


def main(given: Sequence[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="*", choices=[[], *SUITES], default=[])
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args(given)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    django.setup()
    kept = results.read() if options.suites else {}
    found: results.Results = {}
    for suite in options.suites or SUITES:
        load, began = os.getloadavg()[0], time.monotonic()
        print(f"{suite}: load average before {load:.2f}", flush=True)
        measure = cast(Measure, import_module(SUITES[suite]).measure)
        leaves_rows = "keep" in signature(measure).parameters
        found |= measure(keep=options.keep) if leaves_rows else measure()
        found[f"{suite}_load_average_before"] = results.of_rounds([load])
        results.write(kept | found)
        page.write()
        print(f"{suite}: {time.monotonic() - began:.0f} s", flush=True)
    lines = results.missed(found)
    print("\n".join(lines) or "Every goal is met.")
    return int(bool(lines) and os.environ.get("CHECK") == "1")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
