"""One POST to one of the addresses that were checked: bounded in time and size, no redirects."""

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from time import monotonic

from django.utils.translation import gettext as _

from comicmaintainer.webhooks.targets import Target

CONNECT_SECONDS = 5
WHOLE_SECONDS = 15
"""From the connection's begin to the end of the answer."""
ANSWER_BYTES = 1000
"""As much of the answer is read, and kept where it is a failure."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int | None
    """None without an answer."""
    message: str
    duration_ms: int
    retry_after: str = ""
    """The header."""

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class _Connection(http.client.HTTPConnection):
    """Connects to an address that was looked up before; the name stays in Host and in TLS."""

    def __init__(self, target: Target, addresses: Sequence[str]) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_SECONDS)
        self._target = target
        self._addresses = addresses

    def connect(self) -> None:
        self.sock = self._open()
        if self._target.is_secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._target.host)

    def _open(self) -> socket.socket:
        problem: OSError | None = None
        for address in self._addresses:
            try:
                return socket.create_connection((address, self._target.port), CONNECT_SECONDS)
            except OSError as error:
                problem = error
        raise problem or OSError("no address")


def post(
    target: Target, addresses: Sequence[str], body: bytes, headers: Mapping[str, str]
) -> Answer:
    began = monotonic()
    with closing(_Connection(target, addresses)) as connection:
        # Each read may take its time-out; this ends one that is fed byte by byte.
        deadline = threading.Timer(WHOLE_SECONDS, _cut, [connection])
        deadline.daemon = True
        deadline.start()
        try:
            status, message, retry_after = _exchange(connection, target, body, headers)
        except (OSError, http.client.HTTPException) as error:
            status, message, retry_after = None, _reason(error, began), ""
        finally:
            deadline.cancel()
    return Answer(status, message, round((monotonic() - began) * 1000), retry_after)


def _exchange(
    connection: _Connection, target: Target, body: bytes, headers: Mapping[str, str]
) -> tuple[int, str, str]:
    whole = {"Host": target.authority, "Connection": "close", **headers}
    connection.request("POST", target.path, body, whole)
    answer = connection.getresponse()
    text = answer.read(ANSWER_BYTES).decode(errors="replace")
    return answer.status, text, answer.getheader("Retry-After", "")


def _cut(connection: _Connection) -> None:
    with suppress(OSError, TypeError):
        # The socket beneath TLS: another thread is reading from it.
        socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)


def _reason(error: Exception, began: float) -> str:
    if monotonic() - began >= WHOLE_SECONDS or isinstance(error, TimeoutError):
        return _("No answer in time.")
    if isinstance(error, ssl.SSLCertVerificationError):
        return _("The certificate was not accepted: %s.") % error.verify_message
    if isinstance(error, ConnectionRefusedError):
        return _("Nothing listens there (connection refused).")
    if isinstance(error, http.client.HTTPException):
        return _("The answer was not HTTP (%s).") % type(error).__name__
    return _("The connection failed: %s.") % (getattr(error, "strerror", None) or error)
