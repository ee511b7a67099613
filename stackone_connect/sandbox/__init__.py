"""A stateful StackOne emulator, an app of its own: what StackOne's hub and SDK talk to offline.

Mount ``stackone_connect.sandbox.urls`` anywhere and install ``stackone_connect.sandbox``. It
answers in ``DEBUG`` only, unless ``STACKONE_SANDBOX["ALLOW_WITHOUT_DEBUG"]`` says otherwise. It
shares no code with the rest of the project, so that a shared mistake cannot hide.
"""
