"""The web server: daphne in this process, its streams ended first at a stop."""

from collections.abc import Callable
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from twisted.internet import reactor

from jobs.stream import stream


def serve(
    application: Any,
    *,
    host: str,
    port: int,
    on_ready: Callable[[int], None],
    on_stop: Callable[[], None],
) -> bool:
    """Serve until SIGTERM or SIGINT; whether it could listen at all.

    `on_ready` gets the port; `on_stop` is called at the signal, and must not wait for anything.
    """

    def ready() -> None:
        if server.listening_addresses:
            on_ready(server.listening_addresses[0][1])

    server = Server(
        application=application,
        endpoints=build_endpoint_description_strings(host=host, port=port),
        ready_callable=ready,
        server_name="",
        verbosity=0,
    )
    shutdown: Any = reactor
    for step in (stream.close, on_stop):
        shutdown.addSystemEventTrigger("before", "shutdown", step)
    server.run()
    return bool(server.listening_addresses)
