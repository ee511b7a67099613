from tests.shapes.core.fixtures import acme, globex, host, shape, stackone

__all__ = ["acme", "globex", "host", "shape", "stackone"]
