"""The example project's addresses: what a host project mounts is what is tested."""

from example_project.urls import urlpatterns

__all__ = ["urlpatterns"]
