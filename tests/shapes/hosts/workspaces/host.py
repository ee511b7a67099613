"""The core suite's adapter."""

from tests.shapes.core.host import Host


class Workspaces(Host):
    """All in the ordinary way."""
