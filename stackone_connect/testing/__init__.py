"""For host projects' tests: the sandbox in StackOne's place, without a socket, a key or a network.

``stackone_connect.testing.plugin`` is the pytest plugin, ``sandbox`` the same for any other runner,
``tenants`` the battery that tries every address of ours with another tenant's ids.
"""
