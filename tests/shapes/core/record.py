"""``python -m tests.shapes.core.record``: this shape's answers to the fixed list, as JSON."""

from __future__ import annotations

import json
import sys

import django
from django.conf import settings
from django.test.runner import DiscoverRunner
from django.test.utils import get_runner


def main() -> None:
    django.setup()
    runner: DiscoverRunner = get_runner(settings)(verbosity=0, interactive=False)
    runner.setup_test_environment()
    databases = runner.setup_databases()
    try:
        from tests.shapes.core.exchanges import record
        from tests.shapes.core.project import make_host

        json.dump(record(make_host()), sys.stdout)
    finally:
        runner.teardown_databases(databases)


if __name__ == "__main__":
    main()
