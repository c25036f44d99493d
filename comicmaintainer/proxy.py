"""The way a request came: below which path it is served, and what a proxy says of its client.

An ASGI layer around all else, so that Django and the event stream see the same. Without it a
client could choose the path itself: daphne believes the header `Daphne-Root-Path`.
"""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


def as_reached(application: Application, *, base_path: str, proxies: int) -> Application:
    """Serve below `base_path`, and believe the last `proxies` entries of X-Forwarded-*."""

    async def reached(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope = {**scope, "root_path": base_path, "path": _whole(scope["path"], base_path)}
            if proxies:
                scope = _forwarded(scope, proxies)
        await application(scope, receive, send)

    return reached


def _whole(path: str, base_path: str) -> str:
    """With the base path, which some proxies take away."""
    is_whole = path == base_path or path.startswith(f"{base_path}/")
    return path if is_whole else base_path + path


def _forwarded(scope: dict[str, Any], proxies: int) -> dict[str, Any]:
    headers: Headers = list(scope["headers"])
    if client := _address(_entry(headers, b"x-forwarded-for", proxies)):
        scope["client"] = [client, 0]
    if (scheme := _entry(headers, b"x-forwarded-proto", proxies)) in ("http", "https"):
        scope["scheme"] = scheme
    if host := _entry(headers, b"x-forwarded-host", proxies):
        kept = [(name, value) for name, value in headers if name != b"host"]
        scope["headers"] = [*kept, (b"host", host.encode("latin-1"))]
    return scope


def _entry(headers: Headers, name: bytes, proxies: int) -> str:
    """What the outermost of our proxies has added; a client may have sent the entries before."""
    values = b",".join(value for each, value in headers if each == name).decode("latin-1")
    entries = [entry.strip() for entry in values.split(",")]
    return entries[-proxies] if proxies <= len(entries) else entries[0]


def _address(text: str) -> str:
    """The IP address in an entry such as `192.0.2.7:1234` or `[2001:db8::1]:80`; "" without."""
    bare = text.removeprefix("[").partition("]")[0]
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return str(ip_address(bare))
    except ValueError:
        return ""
