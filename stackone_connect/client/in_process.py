"""Requests that stay in this process: somebody else answers where a socket would be opened.

For tests. Everything of the client runs but its sockets: requests are built, tried again, and
their answers read, as ever. What only sockets can show (timeouts, TLS, proxies) is not shown.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

#: Takes method, address, headers and body; answers status, headers and body. What a socket would
#: meet (a reset, a timeout) is raised as the :class:`OSError` that it is.
Answering = Callable[[str, str, Mapping[str, str], bytes], tuple[int, Mapping[str, str], bytes]]

#: Who answers instead of StackOne, the innermost last.
_answering: list[Answering] = []
_changing = threading.Lock()


@contextmanager
def answered_by(answering: Answering) -> Iterator[None]:
    """Let ``answering`` answer every request of this process while the block runs; blocks nest.

    Every thread sees it, so that a live server in the same process does too. Unlike ``using``, it
    leaves the client and its settings as they are.
    """
    with _changing:
        _answering.append(answering)
    try:
        yield
    finally:
        with _changing:
            _answering.remove(answering)


def sender() -> Callable[[PreparedRequest, str], Response] | None:
    """What sends in place of a thread's connections; ``None`` where nobody has been put there."""
    present = _answering[-1:]
    if not present:
        return None

    def send(request: PreparedRequest, base_url: str) -> Response:
        body = request.body or b""
        status, headers, content = present[0](
            str(request.method),
            str(request.url),
            request.headers,
            body.encode() if isinstance(body, str) else body,
        )
        raw = HTTPResponse(BytesIO(content), headers=headers, status=status, preload_content=False)
        return HTTPAdapter().build_response(request, raw)

    return send
