"""The core suite's adapter."""

from tests.shapes.core.host import Host


class Crm(Host):
    """All in the ordinary way."""
