"""What happens around every call of the wire protocol: log, faults, latency."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class WireMiddleware:
    """Wraps calls of the wire protocol."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        return self.get_response(request)
