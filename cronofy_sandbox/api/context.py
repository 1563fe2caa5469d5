"""What every endpoint of the wire protocol has at hand: time, faults, the caller, the body."""

import functools
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt

from cronofy_sandbox.api import answers
from cronofy_sandbox.api.limits import LIMITER
from cronofy_sandbox.core import scopes
from cronofy_sandbox.core.errors import Invalid
from cronofy_sandbox.models import Application, Authorization
from cronofy_sandbox.services import clock, oauth
from cronofy_sandbox.services.faults import Board
from cronofy_sandbox.services.refusals import Refused


class TooFast(Exception):
    """The application is over its rate limit; `wait` seconds would help."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"{wait:.1f} s")
        self.wait = wait


class CallContext:
    """One call. Made by the middleware, so that the log knows who called."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.now: datetime = clock.now()
        self.board = Board(self.now)
        self.authorization: Authorization | None = None
        self.client_id = ""
        self.fault = ""

    @functools.cached_property
    def body(self) -> Any:
        """The body as JSON, or as a form. Raises Invalid when it is neither."""
        if self.request.content_type == "application/x-www-form-urlencoded":
            return _form(self.request)
        raw = self.request.body
        if not raw.strip():
            return {}
        try:
            return json.loads(raw)
        except ValueError as error:
            raise Invalid({"body": ["errors.invalid_format"]}) from error

    @property
    def fields(self) -> Mapping[str, Any]:
        """The body as an object; with another kind of JSON, an empty one."""
        return self.body if isinstance(self.body, Mapping) else {}

    @property
    def caller(self) -> Authorization:
        """The authorization whose token came with the call; endpoints are only entered with one."""
        if self.authorization is None:
            raise Refused(401)
        return self.authorization

    @property
    def api_url(self) -> str:
        """The address under which the caller finds the API."""
        return f"{self.request.scheme}://{self.request.get_host()}"

    @property
    def app_url(self) -> str:
        """The address under which people find the pages; with containers it differs from the caller's."""
        return settings.PUBLIC_URL or self.api_url

    def may(self, right: str) -> None:
        """Raise Refused(403) unless the grant allows `right`."""
        if right not in scopes.allowed(self.caller.scope):
            raise Refused(403)

    def authenticate(self) -> bool:
        """Find out who calls; False without a living token."""
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return False
        self.authorization = oauth.authorization_of(token.strip(), now=self.now)
        if self.authorization is None:
            return False
        self.count(self.authorization.application)
        return True

    def authenticate_quietly(self) -> None:
        """Find out who calls, for the log only: a fault answers anyway."""
        token = self.request.headers.get("Authorization", "").partition(" ")[2].strip()
        self.authorization = oauth.authorization_of(token, now=self.now) if token else None
        self.client_id = self.authorization.application.client_id if self.authorization else ""

    def count(self, application: Application) -> None:
        """Count the call against the application's limits. Raises TooFast."""
        self.client_id = application.client_id
        limits = self.board.setting("rate_limit") or {}
        wait = LIMITER.wait(
            application.client_id,
            per_second=int(limits.get("per_second", application.rate_per_second)),
            per_minute=int(limits.get("per_minute", application.rate_per_minute)),
        )
        if wait:
            raise TooFast(wait)

    def retry_after(self, wait: float = 1.0) -> float | None:
        """Return what Retry-After says in a 429, or None while that header is switched off."""
        setting = self.board.setting("retry_after")
        return None if setting is None else float(setting.get("seconds", wait))


def _form(request: HttpRequest) -> dict[str, Any]:
    # Django parses forms of POST only; clients send DELETE too.
    return flat(QueryDict(request.body, encoding="utf-8"))


def flat(query: QueryDict) -> dict[str, Any]:
    """Return a form or query as an object: `name[]` becomes a list."""
    return {name.removesuffix("[]"): query.getlist(name) if name.endswith("[]") else query[name] for name in query}


Endpoint = Callable[..., HttpResponse]


def endpoint(*, open_to_all: bool = False, **by_method: Endpoint) -> Callable[..., HttpResponse]:
    """Return a view that calls one function per HTTP method as `function(context, **path_parts)`.

    Unless `open_to_all`, only callers with a living token get that far.
    """

    @csrf_exempt
    def view(request: HttpRequest, **path_parts: str) -> HttpResponse:
        context: CallContext = request.sandbox  # type: ignore[attr-defined]
        handler = by_method.get(request.method or "")
        try:
            if not open_to_all and not context.authenticate():
                return answers.bare(401)
            if handler is None:
                return answers.bare(404)
            return handler(context, **path_parts)
        except Invalid as refusal:
            return answers.json_answer(refusal.body(), 422)
        except Refused as refusal:
            return answers.bare(refusal.status)
        except TooFast as refusal:
            return answers.bare(429, retry_after=context.retry_after(refusal.wait))

    return view
