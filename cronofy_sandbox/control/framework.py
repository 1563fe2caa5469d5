"""How the control API is made: a table of operations, each with the schema that both checks and documents it."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import jsonschema  # type: ignore[import-untyped]
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from cronofy_sandbox.api.answers import bare, empty, json_answer
from cronofy_sandbox.core.errors import Invalid
from cronofy_sandbox.services import clock

Schema = Mapping[str, Any]
LARGEST_KEY = 2**63 - 1  # of SQLite's integers


@dataclass(frozen=True)
class Ask:
    """One call of the control API: checked body and query, and the sandbox's time."""

    body: Mapping[str, Any]
    query: Mapping[str, str]
    now: datetime

    def number(self, name: str, default: int) -> int:
        """Return a whole number of the query. Raises Invalid."""
        text = self.query.get(name, "")
        if text and not re.fullmatch(r"\d{1,15}", text):
            raise Invalid({name: ["errors.must_be_integer"]})
        return int(text) if text else default

    def flag(self, name: str) -> bool:
        """Is this switch of the query set?"""
        return self.query.get(name, "").lower() in {"1", "true"}


@dataclass(frozen=True)
class Operation:
    """One method of one address. The handler gets an `Ask` and the path's parts, and returns what JSON can hold."""

    method: str
    path: str  # in Django's notation, below /_sandbox/
    handler: Callable[..., Any]
    summary: str
    body: Schema | None = None
    query: Mapping[str, Schema] = field(default_factory=dict)
    status: int = 200


def views(operations: list[Operation]) -> list[URLPattern]:
    """Return the URL patterns of a table of operations."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    return [path(route, _view(methods)) for route, methods in by_path.items()]


def _view(methods: Mapping[str, Operation]) -> Callable[..., HttpResponse]:
    @csrf_exempt  # a tester's tool without log-in: there is nothing that a foreign page could misuse
    def view(request: HttpRequest, **path_parts: Any) -> HttpResponse:
        operation = methods.get(request.method or "")
        if operation is None:
            answer = bare(405)
            answer["Allow"] = ", ".join(sorted(methods))
            return answer
        try:
            answer_body = operation.handler(_ask(request, operation), **path_parts)
        except Invalid as refusal:
            return json_answer(refusal.body(), 422)
        except Http404:
            return json_answer({"errors": {"id": [{"key": "errors.not_found", "description": "not found"}]}}, 404)
        return empty(204) if answer_body is None else json_answer(answer_body, operation.status)

    return view


def _ask(request: HttpRequest, operation: Operation) -> Ask:
    body = _body(request) if operation.body is not None else {}
    if operation.body is not None:
        _check(body, operation.body)
    return Ask(body=body, query=request.GET.dict(), now=clock.now())


def _body(request: HttpRequest) -> Any:
    if not request.body.strip():
        return {}
    try:
        body = json.loads(request.body)
        json.dumps(body, ensure_ascii=False).encode()  # lone surrogates cannot be stored
    except (ValueError, RecursionError) as error:
        raise Invalid({"body": ["errors.invalid_format"]}) from error
    return body


def _check(body: Any, schema: Schema) -> None:
    validator = jsonschema.Draft202012Validator(schema)
    errors: dict[str, list[str]] = {}
    for error in validator.iter_errors(body):
        place = ".".join(str(part) for part in error.absolute_path) or "body"
        errors.setdefault(place, []).append(f"errors.schema.{error.validator}")
    if errors:
        raise Invalid(errors)


def found(row: Any) -> Any:
    """Return a row, or raise Http404 when there is none."""
    if row is None:
        raise Http404
    return row
