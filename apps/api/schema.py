"""What the OpenAPI document says of every operation: problems, repeating safely, and whose organisation it is."""

from typing import Any

from apps.core.problems import CONTENT_TYPE

METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = {"$ref": "#/components/schemas/Problem"}
PROBLEM_SCHEMA = {
    "type": "object",
    "description": "Every error (RFC 9457).",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable machine-readable name."},
        "detail": {"type": "string", "description": "What happened and what to do."},
        "errors": {"type": "object", "description": "Messages by field.", "additionalProperties": True},
    },
}
ORGANISATION_PARAMETER = {
    "name": "X-Organisation",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The organisation's address; needed with a browser session, not with an API key.",
}
IDEMPOTENCY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Send the same key to repeat a request safely: one effect, one answer, for seven days.",
}


def describe_conventions(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A drf-spectacular post-processing hook: what holds for all operations is written once."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    for path in result["paths"].values():
        for method in METHODS:
            if method in path:
                _describe(path[method], method)
    return result


def _describe(operation: dict[str, Any], method: str) -> None:
    problem = {"description": "A problem document.", "content": {CONTENT_TYPE: {"schema": PROBLEM}}}
    operation["responses"]["default"] = problem
    if not operation.get("security", True):
        return
    parameters = operation.setdefault("parameters", [])
    parameters.append(ORGANISATION_PARAMETER)
    if method == "post":
        parameters.append(IDEMPOTENCY_PARAMETER)
    if "202" in operation["responses"]:
        operation["responses"]["202"]["headers"] = {
            "Location": {"schema": {"type": "string", "format": "uri-reference"}, "description": "The job to follow."}
        }
