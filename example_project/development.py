"""What makes a laptop comfortable and safe: a key that survives restarts, logs without tokens."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import logging
import os
import re
import threading
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

QUERY = re.compile(r"\?[^\s\"']+")


def development_secret_key(folder: Path, debug: bool) -> str:
    """A key kept in ``folder`` so that a restart signs nobody out; only ever in ``DEBUG``.

    Raises ``ImproperlyConfigured`` outside it: a deployment brings its own key.
    """
    if not debug:
        raise ImproperlyConfigured(
            "Set DJANGO_SECRET_KEY, or DJANGO_DEBUG=1 to try the example on a laptop."
        )
    path = folder / "development-secret-key"
    if not path.exists():
        folder.mkdir(exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        draft.write_text(get_random_secret_key(), encoding="utf-8")
        draft.chmod(0o600)
        # Linking, unlike renaming, lets the first of two starting processes win.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text(encoding="utf-8")


def derived_secret(key: str, purpose: str) -> str:
    """A secret that lives as long as ``key``, so that there is no second one to keep."""
    return hmac.new(key.encode(), purpose.encode(), hashlib.sha256).hexdigest()


class WithoutQueryStrings(logging.Filter):
    """Cuts queries out of logged addresses: the hub's OAuth popup has a token in its (hub §2)."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "?" in message:
            record.msg, record.args = QUERY.sub("", message), None
        return True
