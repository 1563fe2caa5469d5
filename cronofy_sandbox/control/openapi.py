"""The OpenAPI document of the control API, written from its table."""

import re
from typing import Any

from cronofy_sandbox.control.framework import Operation

PART = re.compile(r"<(str|int):(\w+)>")
REFUSAL = {
    "description": "What was wrong, by field",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["errors"],
                "properties": {"errors": {"type": "object", "additionalProperties": {"type": "array"}}},
            }
        }
    },
}


def document(operations: list[Operation]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of these operations."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        route = "/_sandbox/" + PART.sub(r"{\2}", operation.path)
        paths.setdefault(route, {})[operation.method.lower()] = _described(operation)
    about = "Acts as the user, switches faults on, shifts the clock and shows what went over the wire."
    return {
        "openapi": "3.1.0",
        "info": {"title": "Calendar Link Sandbox: control API", "version": "1", "description": about},
        "paths": paths,
    }


def _described(operation: Operation) -> dict[str, Any]:
    kinds = {"str": {"type": "string"}, "int": {"type": "integer", "minimum": 0}}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": kinds[kind]}
        for kind, name in PART.findall(operation.path)
    ]
    parameters += [{"name": name, "in": "query", "schema": schema} for name, schema in operation.query.items()]
    described: dict[str, Any] = {
        "operationId": operation.handler.__name__,
        "summary": operation.summary,
        "description": (operation.handler.__doc__ or "").strip(),
        "parameters": parameters,
        "responses": {str(operation.status): _done(operation), "422": REFUSAL, "404": REFUSAL},
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": bool(operation.body.get("required")),
            "content": {"application/json": {"schema": operation.body}},
        }
    return described


def _done(operation: Operation) -> dict[str, Any]:
    if operation.status == 204:
        return {"description": "Done"}
    return {"description": "Done", "content": {"application/json": {"schema": {"type": "object"}}}}
