"""Where webhooks may go: public addresses, and the networks that WEBHOOK_NETWORKS names.

Names are looked up here, all their addresses are checked, and the connection goes to one of
those: what a name means a moment later is of no matter.
"""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

Address = IPv4Address | IPv6Address
PORTS = {"http": 80, "https": 443}


class Refused(Exception):
    """Nothing is sent there; `str()` says why."""


class Unknown(Exception):
    """The name has no address just now; `str()` says so."""


@dataclass(frozen=True, slots=True)
class Target:
    scheme: str
    host: str
    port: int
    path: str
    """With the query."""

    @property
    def is_secure(self) -> bool:
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """As the Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def check_url(url: str) -> Target:
    """Whether an address is one to send to, as far as its text tells. Raises Refused."""
    if not url.isascii() or any(letter <= " " or letter == "\x7f" for letter in url):
        raise Refused(_("Write the address without spaces and letters beyond ASCII."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused(_("This is no address: %s.") % error) from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise Refused(_("Give a whole address that begins with https:// or http://."))
    if "@" in parts.netloc:
        raise Refused(_("Leave name and password out of the address; the signature does for them."))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = Target(parts.scheme, parts.hostname, port or PORTS[parts.scheme], path)
    if (literal := _literal(target.host)) is not None:
        _check_all([literal])
    return target


def addresses_of(target: Target) -> list[str]:
    """Where it lies, all of it allowed. Raises Refused, or Unknown."""
    literal = _literal(target.host)
    found = _look_up(target) if literal is None else [literal]
    _check_all(found)
    return [str(address) for address in found]


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _look_up(target: Target) -> list[Address]:
    try:
        answers = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unknown(_("The name “%s” has no address.") % target.host) from error
    return [ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers]


def _check_all(addresses: Iterable[Address]) -> None:
    for address in addresses:
        if not is_allowed(address):
            text = _(
                "%s is not a public address. To send there, name its network in WEBHOOK_NETWORKS."
            )
            raise Refused(text % address)


def is_allowed(address: Address) -> bool:
    if any(address in network for network in settings.WEBHOOK_NETWORKS):
        return True
    if isinstance(address, IPv6Address):
        if _embeds(address):
            return False
        if address.ipv4_mapped is not None:
            return is_allowed(address.ipv4_mapped)
    return address.is_global and not address.is_multicast


def _embeds(address: IPv6Address) -> bool:
    """Whether a gateway may turn it into an IPv4 address, which then may be any (RFC 6052)."""
    return bool(address.sixtofour or address.teredo or address.packed.startswith(_NAT64))


_NAT64 = IPv6Address("64:ff9b::").packed[:4]
