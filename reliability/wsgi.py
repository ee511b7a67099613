"""The site's process, which can be killed at a point of a request and can have a wrong clock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

from reliability import clocks, killing

clocks.shift(float(os.environ.get("RELIABILITY_CLOCK", "0")))
_site = get_wsgi_application()
#: Sets the clock of the process, to so many seconds beside the right time, before the request.
CLOCK = "HTTP_X_RELIABILITY_CLOCK"
#: Kills the process at this point of the request, counted from 1.
KILL = "HTTP_X_RELIABILITY_KILL"


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if CLOCK in environ:
        clocks.shift(float(environ[CLOCK]))
    if KILL not in environ:
        return _site(environ, start_response)
    points = killing.Points(int(environ[KILL]))
    points.watch()
    return killing.Watched(_site(environ, start_response), points)
