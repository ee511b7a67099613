"""The core suite's adapter."""

from tests.shapes.core.host import Host


class Tenants(Host):
    """All in the ordinary way."""
