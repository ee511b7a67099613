"""The people of the demo: everybody may know them, so they exist only in ``DEBUG``."""

PASSWORD = "connect-demo"  # noqa: S105 - public on purpose
MEMBERS = {"Acme Inc": "member@acme.example", "Globex": "member@globex.example"}
SUPERUSER = "admin"
