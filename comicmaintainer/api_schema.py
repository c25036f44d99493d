"""What drf-spectacular cannot see: how to sign in, errors, each operation's options, the stream."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from jobs import operations, option_schema
from jobs.serializers import SELECTIONS

Schema = dict[str, Any]


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "comicmaintainer.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token <key>`; `manage.py createtoken` makes a key.",
        }


_ERRORS = {
    "400": "What is wrong, in `detail` or by field.",
    "401": "Not signed in.",
    "403": "Not allowed.",
    "404": "There is no such thing.",
    "406": "JSON is all there is.",
    "409": "Its state does not allow this.",
    "413": "The request is too large.",
    "415": "The request is no JSON.",
    "429": "Too many calls; `Retry-After` says for how many seconds to wait.",
}
_OF_BODIES = ("413", "415")
_ERROR = {
    "type": "object",
    "description": "`detail`, or field names with lists of messages.",
    "properties": {"detail": {"type": "string"}},
    "additionalProperties": True,
}
_JSON = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}


def complete(result: Schema, **kwargs: Any) -> Schema:
    """The hook for drf-spectacular."""
    result["paths"]["/api/events/stream"] = {"get": _stream()}
    result["components"]["schemas"]["Error"] = _ERROR
    _tell_options(result["components"]["schemas"])
    for path in result["paths"].values():
        for method, call in path.items():
            for status, description in _ERRORS.items():
                if method in ("post", "patch") or status not in _OF_BODIES:
                    answer = {"description": description, "content": _JSON}
                    call["responses"].setdefault(status, answer)
    return result


def _tell_options(schemas: Schema) -> None:
    """A new job is one of the operations, each with options of its own."""
    general = schemas.pop("NewJob")
    names = {}
    for operation in operations.registered():
        name = f"NewJob_{operation.name}"
        names[operation.name] = f"#/components/schemas/{name}"
        schemas[name] = _new_job(general["properties"], operation)
    schemas["NewJob"] = {
        "oneOf": [{"$ref": name} for name in names.values()],
        "discriminator": {"propertyName": "operation", "mapping": names},
    }


def _new_job(properties: Schema, operation: operations.Operation) -> Schema:
    options = option_schema.of_form(operation.form())
    required = ["operation", "options"] if options["required"] else ["operation"]
    named = {"type": "string", "const": operation.name, "title": str(operation.label)}
    return {
        "type": "object",
        "description": str(operation.summary),
        "properties": {**properties, "operation": named, "options": options},
        "required": required,
        "oneOf": [{"required": [selection]} for selection in SELECTIONS],
        "additionalProperties": False,
    }


def _stream() -> Schema:
    position = {"type": "string", "examples": ["jobs:4711"]}
    return {
        "operationId": "events_stream",
        "tags": ["events"],
        "description": (
            "Server-sent events: the state of every unfinished job, then `job_updated` after every "
            "item, `comic_updated`, `library_updated`, `watcher_status`, and `keep-alive` at least "
            'every 20 seconds. Each has `data` of the form `{"type", "data"}`.'
        ),
        "parameters": [
            _parameter("job", "query", {"type": "string", "format": "uuid"}, "Only this job."),
            _parameter("lastEventId", "query", position, "The last position seen."),
            _parameter("Last-Event-ID", "header", position, "The same; browsers send it."),
        ],
        "security": [{"token": []}, {"cookieAuth": []}],
        "responses": {
            "200": {
                "description": "Events until the client leaves.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            }
        },
    }


def _parameter(name: str, place: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": place, "schema": schema, "description": description}
