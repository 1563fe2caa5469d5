"""Where each part of the sandbox answers: wire protocol, control API, pages for people."""

from django.urls import include, path

urlpatterns = [
    path("", include("cronofy_sandbox.api.urls")),
    path("_sandbox/", include("cronofy_sandbox.control.urls")),
    path("", include("cronofy_sandbox.pages.urls")),
]
