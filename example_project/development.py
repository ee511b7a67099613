"""For development: a secret key that survives restarts, and logs without tokens."""

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
    """A key stored in ``folder``, which keeps sessions across restarts; only in ``DEBUG``.

    Raises ``ImproperlyConfigured`` without ``DEBUG``: a deployment sets its own key.
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
        # Unlike a rename, a hard link fails if another starting process was first.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text(encoding="utf-8")


def derived_secret(key: str, purpose: str) -> str:
    """A secret derived from ``key``, which need not be stored."""
    return hmac.new(key.encode(), purpose.encode(), hashlib.sha256).hexdigest()


class WithoutQueryStrings(logging.Filter):
    """Removes query strings from logged URLs: the hub's OAuth popup has a token there.

    StackOne notes §20.2.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "?" in message:
            record.msg, record.args = QUERY.sub("", message), None
        return True
