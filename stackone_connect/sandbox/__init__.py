"""A stateful StackOne emulator, a separate app: StackOne's hub and SDK work against it offline.

Mount ``stackone_connect.sandbox.urls`` anywhere and install ``stackone_connect.sandbox``. It
responds in ``DEBUG`` only, unless ``STACKONE_SANDBOX["ALLOW_WITHOUT_DEBUG"]`` is true. It
shares no code with the rest of the project, so that a shared mistake cannot hide.
"""
