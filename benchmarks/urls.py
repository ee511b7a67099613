"""The app as a host mounts it, the admin, and the hand-written views that it is compared with."""

from django.urls import URLPattern, URLResolver, path

from benchmarks.peers import drf
from tests.urls import urlpatterns as of_the_example

urlpatterns: list[URLPattern | URLResolver] = [
    *of_the_example,
    path("peers/nothing/", drf.NothingView.as_view()),
    path("peers/bare/", drf.BareView.as_view()),
    path("peers/writes/", drf.WritesView.as_view()),
]
