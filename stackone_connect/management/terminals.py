"""Output that no terminal, pipe or log file ends halfway."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.core.management.base import BaseCommand

_P = ParamSpec("_P")
_Command = TypeVar("_Command", bound=BaseCommand)


def written_anywhere(
    handle: Callable[Concatenate[_Command, _P], None],
) -> Callable[Concatenate[_Command, _P], None]:
    r"""Write what the encoding of the output lacks as ``\u6771``, as Python does for errors.

    An error instead could come after the work is done and before a link is shown that nobody can
    show again. Outputs are not all UTF-8: Windows writes a file in its code page.
    """

    @wraps(handle)
    def run(command: _Command, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        with _escaping(command.stdout):
            handle(command, *args, **kwargs)

    return run


@contextmanager
def _escaping(stream: Any) -> Iterator[None]:
    """For as long as it takes: the stream may be that of the process that called the command."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is None:
        yield  # a text in memory, say, which has no encoding
        return
    before = stream.errors
    reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        reconfigure(errors=before)
