"""Everything of this process is gevent's."""

from __future__ import annotations

from gevent import monkey


def test_the_process_is_patched() -> None:
    for module in ("socket", "ssl", "threading", "time"):
        assert monkey.is_module_patched(module), module
