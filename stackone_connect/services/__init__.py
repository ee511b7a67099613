"""The public Python API: keyword-only, without a request object, usable from any worker."""
