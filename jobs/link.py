"""What the two processes of a server tell each other: the worker its events, the web server that
messages wait.

The pair is made before both, and outlives each. It carries records, not bytes, so nothing half is
left of a process that died.
"""

import errno
import json
import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

from jobs import engine, relay
from jobs.relay import Message, Span

logger = logging.getLogger(__name__)

RECORD_BYTES = 2**16
"""So much of events goes as one record; a single one that is larger goes alone, or not at all."""
MOST_BYTES = 2**22
SEND_SECONDS = 2
"""How long a web server that does not read holds up the thread that sends."""
AT_ONCE = 50
"""So many records are read before the event loop does something else."""


class Link:
    """`serve_worker` is for the worker's process; all else for that of the web server."""

    def __init__(self) -> None:
        self._web, self._worker = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        seconds, rest = divmod(SEND_SECONDS, 1)
        patience = struct.pack("ll", int(seconds), int(rest * 1_000_000))
        self._worker.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)

    def serve_worker(self) -> None:
        relay.publishers.append(relay.Publisher(self))
        relay.promises.append(self._promise)
        threading.Thread(target=self._wake_consumers, name="link", daemon=True).start()

    def publish(self, messages: list[str]) -> None:
        """Leaves out what is larger than a record can be (the kernel's limit is about 200 kB): the
        hub reads that from the log. Raises OSError."""
        for record in _records(messages):
            try:
                self._worker.send(record)
            except OSError as error:
                if error.errno != errno.EMSGSIZE:
                    raise
                logger.info("an event is too large for the link bytes=%d", len(record))

    def _promise(self, span: Span) -> None:
        """At once, so that it is there before the commit; a promise that is lost costs little."""
        with suppress(OSError):
            self._worker.send(json.dumps(span).encode(), socket.MSG_DONTWAIT)

    def _wake_consumers(self) -> None:
        while True:
            engine.wake(self._worker.recv(100).decode())

    def wake(self, queue: str) -> None:
        """Tell the worker of a message. Where that cannot be done, it finds it a little later."""
        with suppress(OSError):
            self._web.send(queue.encode(), socket.MSG_DONTWAIT)

    def fileno(self) -> int:
        """What the web server's event loop watches."""
        return self._web.fileno()

    def read(self, take: Callable[[Message], None], promised: Callable[[Span], None]) -> bool:
        """Hand over what has come; does not wait. Whether there may be more."""
        for _ in range(AT_ONCE):
            try:
                record = self._web.recv(MOST_BYTES, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return False
            for line in record.splitlines():
                values = json.loads(line)
                if len(values) == len(Span._fields):
                    promised(Span(*values))
                else:
                    take(Message(*values))
        return True


def _records(messages: list[str]) -> Iterator[bytes]:
    """Lines, as many as fit into a record each."""
    waiting: list[str] = []
    size = 0
    for message in messages:
        if waiting and size + len(message) > RECORD_BYTES:
            yield "\n".join(waiting).encode()
            waiting, size = [], 0
        waiting.append(message)
        size += len(message)
    yield "\n".join(waiting).encode()
