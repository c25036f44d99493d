"""How much of a request the server takes: no stranger fills its memory or its disk."""

import json
from io import BytesIO
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from django.utils.translation import gettext as _
from twisted.web.http import HTTPChannel

MOST_BYTES = 4 * 1024**2
"""Of a body; more than any form or call needs. Django has limits of its own below this one."""

# A single line of headers that is too long would be hung up on without a word. Up to this length
# Twisted's limit of all headers together comes first, and says 400.
HTTPChannel.MAX_LENGTH = 64 * 1024


class BoundedRequest(WebRequest):  # type: ignore[misc]
    """What is too much is read and thrown away, because who still sends hears no answer."""

    content: Any
    received_bytes = 0

    def handleContentChunk(self, data: bytes) -> None:
        self.received_bytes += len(data)
        if not self._is_too_large:
            super().handleContentChunk(data)
        elif not isinstance(self.content, BytesIO):
            self.content.close()
            self.content = BytesIO()

    def process(self) -> Any:
        return self._refuse() if self._is_too_large else super().process()

    @property
    def _is_too_large(self) -> bool:
        return self.received_bytes > MOST_BYTES

    def _refuse(self) -> None:
        answer = json.dumps({"detail": _("The request is too large.")}).encode()
        headers = [
            (b"Content-Type", b"application/json"),
            (b"Content-Length", str(len(answer)).encode()),
        ]
        self.handle_reply({"type": "http.response.start", "status": 413, "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": answer})


class BoundedFactory(HTTPFactory):  # type: ignore[misc]
    def buildProtocol(self, addr: Any) -> Any:
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = BoundedRequest
        return protocol
