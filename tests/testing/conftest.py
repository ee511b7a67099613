"""The plugin's fixture, whether or not this environment has the plugin installed."""

from stackone_connect.testing.plugin import stackone_sandbox

__all__ = ["stackone_sandbox"]
