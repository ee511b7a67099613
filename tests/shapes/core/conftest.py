from tests.shapes.core.fixtures import (
    _no_schema_of_a_tenant_is_left,
    acme,
    globex,
    host,
    shape,
    stackone,
)

__all__ = ["_no_schema_of_a_tenant_is_left", "acme", "globex", "host", "shape", "stackone"]
