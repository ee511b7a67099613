"""What an error report would show of a flow, if anything raised at any of its call boundaries."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

#: Whose frames are not looked at: of what plays StackOne and the web server here, and of the tests.
STAGE = ("stackone_connect.sandbox", "stackone_connect.testing", "tests.", "django.test.")
#: What calls the product as a web server or a shell does.
FLOWS = "tests.secrets.flows"
_DEPTH = 6
#: How often each place in the code is looked at: in loops of Django's everything is the same.
_LOOKS = 12
_PLAIN = (int, float, type, type(None), FunctionType, ModuleType, BuiltinFunctionType)


def shown(value: object) -> list[str]:
    """Every text that a report shows of a local: its ``repr``, and what Sentry walks through."""
    if isinstance(value, str | bytes) and type(value) in (str, bytes):
        return [value if isinstance(value, str) else repr(value)]
    texts: list[str] = []
    try:
        texts.extend(_walked(value, _DEPTH))
    except Exception:  # noqa: BLE001 - as a report does, also of what is half made
        return texts
    return texts


def _walked(value: object, depth: int) -> Iterator[str]:
    if isinstance(value, QuerySet | Promise):
        return  # a look at it would change it
    yield repr(value)
    hook = getattr(type(value), "__sentry_repr__", None)
    if hook is not None:
        yield hook(value)
    elif depth and isinstance(value, Mapping):
        for key, item in list(value.items()):
            yield str(key)
            yield from _walked(item, depth - 1)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for item in list(value):
            yield from _walked(item, depth - 1)


class Inspector:
    """Looks into the frames at each boundary, and may raise at one of them.

    At each call, of Python's functions and of C's, the frames that have moved since the last time
    are the caller's and the called one's; the others were looked at before. (Between calls nothing
    is raised: a signal's handler runs at calls, too.)
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = secrets
        self._looks: dict[tuple[CodeType, int], int] = {}
        self.leaks: set[tuple[str, str, str, str]] = set()
        #: Module and function of each call, in the order of their first.
        self.calls: dict[tuple[str, str], None] = {}
        #: The first call of this module and function is interrupted.
        self.raise_at: tuple[str, str] | None = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look at everything that this thread calls in the block."""
        sys.setprofile(self._event)
        try:
            yield
        finally:
            sys.setprofile(None)

    def _event(self, frame: FrameType, event: str, _: object) -> None:
        if frame.f_code.co_filename == __file__:
            return
        if event == "call":
            where = (frame.f_globals.get("__name__", ""), frame.f_code.co_qualname)
            if where not in self.calls and not _is_stage(frame):
                self.calls[where] = None
                if where == self.raise_at:
                    sys.setprofile(None)
                    raise Interruption
        if self.raise_at is None and event in ("call", "c_call"):
            self._look(frame)
            if event == "call" and frame.f_back is not None:
                self._look(frame.f_back)

    def _look(self, frame: FrameType) -> None:
        place = (frame.f_code, frame.f_lasti)
        self._looks[place] = self._looks.get(place, 0) + 1
        if self._looks[place] > _LOOKS:
            return
        for name, value in list(frame.f_locals.items()):
            if isinstance(value, _PLAIN):
                continue
            for secret in {found for text in shown(value) for found in self._named(text)}:
                if not _is_stage(frame):
                    module = frame.f_globals.get("__name__", "")
                    self.leaks.add((secret, module, frame.f_code.co_qualname, name))

    def _named(self, text: str) -> Iterable[str]:
        return [name for name, secret in self._secrets.items() if secret in text]


def _is_stage(frame: FrameType) -> bool:
    """Whether it belongs to what surrounds the flow, or was called by that."""
    present: FrameType | None = frame
    while present is not None and present.f_back is not None:
        if present.f_back.f_code.co_filename == __file__:
            return bool(frame.f_globals.get("__name__", "") == FLOWS)
        module = present.f_globals.get("__name__", "")
        if module.startswith(STAGE) and module != FLOWS:
            return True
        present = present.f_back
    return True


class Interruption(BaseException):
    """As a worker's time-out raises it: not to be caught by anybody who handles errors."""


def inspected(flow: Callable[[], Any], secrets: Mapping[str, str]) -> Inspector:
    """A flow that was run once, looked at all the way."""
    inspector = Inspector(secrets)
    with inspector.watching():
        flow()
    return inspector


def interrupted(flow: Callable[[], Any], where: tuple[str, str]) -> Interruption | None:
    """What was raised when the flow first called this function; ``None`` if it never did."""
    inspector = Inspector({})
    inspector.raise_at = where
    try:
        with inspector.watching():
            flow()
    except Interruption as interruption:
        return interruption
    return None
