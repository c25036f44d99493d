"""The product's ASGI application, which also counts the requests it gets, by user agent."""

import json
from collections import Counter
from typing import Any

from comicmaintainer.asgi import application as product

COUNTS = "/tests/requests"

counted: dict[str, Counter[str]] = {}


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http" and scope["path"] == COUNTS:
        await _answer(send)
        return
    if scope["type"] == "http":
        agent = dict(scope["headers"]).get(b"user-agent", b"").decode("latin-1")
        counted.setdefault(agent, Counter())[scope["path"]] += 1
    await product(scope, receive, send)


async def _answer(send: Any) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(counted).encode()})
