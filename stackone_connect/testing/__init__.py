"""For host projects' tests: the sandbox replaces StackOne, in process, without a key or a network.

``plugin`` is the pytest plugin, ``sandbox`` the context manager for any other runner, ``kit`` the
object that both give, ``hub`` its exception, and ``tenants`` the tenant isolation tests. The other
modules are private.
"""
