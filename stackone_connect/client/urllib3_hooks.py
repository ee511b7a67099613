"""What our sockets rest on that urllib3, ``http.client`` and requests do not document.

The timeouts of these libraries bound single waits, which a server that sends a header line a second
keeps alive for ever. So ``sockets`` and ``connection`` bound every wait themselves, below the
libraries, and must know how these call what lies below them. A release of any of them may change
that: ``tests/client/test_urllib3_hooks.py`` makes calls and compares what is really called with
these tables, and ``make newest`` runs it on the newest release of each.
"""

from __future__ import annotations

from typing import NamedTuple


class Hook(NamedTuple):
    """Something of ours that a library calls, or something private of a library's that we use."""

    name: str
    libraries: tuple[str, ...]
    why: str


#: Ours, called by the libraries under these names.
CALLED = (
    Hook("_Adapter.init_poolmanager", ("requests",), "to set the pools' classes and the context"),
    Hook("_Adapter.proxy_manager_for", ("requests",), "to do so for proxies, and refuse SOCKS"),
    Hook("_Adapter.get_connection_with_tls_context", ("requests",), "to find a pool by its origin"),
    Hook("_Adapter.cert_verify", ("requests",), "not to load a CA bundle for each connection"),
    Hook("_over", ("urllib3",), "wrap_socket() of a TLS context: TLS over a bounded socket"),
    Hook("DeadlineConnection.connect", ("http", "urllib3"), "to hold the connect timeout"),
    Hook("DeadlineConnection._new_conn", ("urllib3",), "to make a bounded socket"),
    Hook("DeadlineConnection.request", ("urllib3",), "to send the head together with the body"),
    Hook("DeadlineConnection.putheader", ("http", "urllib3"), "to keep the key out of the head"),
    Hook(
        "DeadlineConnection.send", ("http", "urllib3"), "the head is sent in one piece: add the key"
    ),
    Hook("DeadlineConnection.getresponse", ("urllib3",), "to note when it was last used"),
    Hook("DeadlineConnection.is_connected", ("urllib3",), "not to use one that was idle for long"),
    Hook("StrictResponse.begin", ("http",), "to refuse a head that is not whole"),
    Hook("BoundedSocket.recv", ("urllib3",), "TLS reads with it"),
    Hook("BoundedSocket.recv_into", ("socket",), "files made of the socket read with it"),
    Hook("BoundedSocket.sendall", ("http", "urllib3"), "requests and TLS are sent with it"),
    Hook("BoundedSocket.makefile", ("http",), "responses are read from its file"),
    Hook("BoundedSocket.settimeout", ("urllib3",), "must not change the timeout of a wait"),
    Hook("BoundedSocket.fileno", ("urllib3",), "to see whether an idle connection was closed"),
    Hook("BoundedSocket.close", ("http", "urllib3"), "not before its files are closed"),
    Hook("BoundedSocket._decref_socketios", ("socket", "urllib3"), "a file of it was closed"),
    Hook("TLS.recv_into", ("socket",), "to see the end of what was sent"),
    Hook("TLS.settimeout", ("urllib3",), "must not change the timeout of a wait"),
    Hook("TLS._io_refs", ("urllib3",), "counts the files of a TLS inside TLS"),
)

#: Theirs, used by us: attributes of the objects that they make.
USED = (
    Hook("DeadlineConnection._dns_host", ("urllib3",), "the host's name, to look it up"),
    Hook("DeadlineConnection.socket_options", ("urllib3",), "options of a new socket"),
    Hook("StrictResponse._get_chunk_left", ("http",), "reads the size of the next chunk"),
    Hook("StrictResponse.chunk_left", ("http",), "what is left of a chunk"),
    Hook("StrictResponse.chunked", ("http",), "whether the body comes in chunks"),
    Hook("StrictResponse.fp", ("http",), "the file that the body is read from"),
    Hook("StrictResponse.length", ("http",), "what is left of the body"),
    Hook("HTTPResponse._fp", ("urllib3",), "the response of http.client, to read its body"),
    Hook("TLS.incoming", ("urllib3",), "received and not yet decrypted"),
    Hook("TLS.sslobj", ("urllib3",), "decrypted and not yet read"),
    Hook("TLS.socket", ("urllib3",), "the socket below"),
)
