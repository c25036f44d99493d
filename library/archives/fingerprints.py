"""What tells two comics with the same pages, whatever their tags, names and containers."""

import hashlib
from collections.abc import Collection

from library.archives.base import Entry, is_page, natural_key


def pages_in_order(entries: Collection[Entry]) -> list[Entry]:
    """The pages in reading order; of several under one name the first in the archive first."""
    found = [entry for entry in entries if is_page(entry.name)]
    return sorted(found, key=lambda entry: (natural_key(entry.name), entry.index))


def fingerprint(pages: Collection[tuple[int | None, int]]) -> str:
    """SHA-256 over the CRC-32 and the size of each page in reading order, as hexadecimal digits.

    "" where a sum is not known; that of no bytes is.
    """
    digest = hashlib.sha256()
    for crc, size in pages:
        if crc is None and size:
            return ""
        digest.update(f"{crc or 0:08x} {size}\n".encode())
    return digest.hexdigest()


def listed_fingerprint(entries: Collection[Entry]) -> str:
    """From the archive's table of contents alone; "" where that has no sums."""
    return fingerprint([(page.crc, page.size) for page in pages_in_order(entries)])
