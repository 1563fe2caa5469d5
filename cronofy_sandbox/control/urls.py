"""Addresses of the control API, and its description at /_sandbox/openapi.json."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from cronofy_sandbox.api.answers import json_answer
from cronofy_sandbox.control import framework, openapi
from cronofy_sandbox.control.operations import OPERATIONS


def described(_request: HttpRequest) -> HttpResponse:
    """Answer with the OpenAPI document."""
    return json_answer(openapi.document(OPERATIONS))


urlpatterns = [path("openapi.json", described, name="sandbox-openapi"), *framework.views(OPERATIONS)]
