"""The core suite's adapter."""

from tests.shapes.core.host import Host


class People(Host):
    name_field = "title"
