"""Read a comic through to its last byte and say what is wrong with it."""

from dataclasses import dataclass, replace
from pathlib import Path

from library.archives.base import Inspection
from library.archives.exceptions import ArchiveError, Verdict
from library.archives.images import MAX_PIXELS, read_head
from library.archives.opening import Page, PageInfo, inspect, pages
from library.exceptions import FileChanged, FileProblem

_TAIL_BYTES = 64 * 2**10
_WITH_MEASURES = frozenset(["jpeg", "png", "gif", "webp", "bmp", "tiff"])


@dataclass(frozen=True, slots=True)
class Verification:
    inspection: Inspection
    """With the verdict and reason that reading everything gave."""
    pages: tuple[PageInfo, ...] = ()
    """Those that could be read, in the order in which they lie in the archive."""


def verify(path: Path) -> Verification:
    """Unpack every page, compare sizes and sums, and look at each image's head and end."""
    inspection = inspect(path)
    if not inspection.is_readable:
        return Verification(inspection)
    read: list[PageInfo] = []
    try:
        for page in pages(path, expected=inspection.identity):
            info, problem = _judged(page)
            read.append(info)
            if problem and _is_worse(problem[0], inspection.verdict):
                inspection = replace(inspection, verdict=problem[0], reason=problem[1])
    except ArchiveError as error:
        inspection = replace(inspection, verdict=error.verdict, reason=str(error))
    except (FileChanged, FileProblem) as error:
        inspection = replace(inspection, verdict="unread", reason=str(error))
    return Verification(inspection, tuple(read))


def _is_worse(verdict: Verdict, than: Verdict) -> bool:
    order: tuple[Verdict, ...] = ("ok", "warn", "damaged", "refused")
    return order.index(verdict) > order.index(than)


def _judged(page: Page) -> tuple[PageInfo, tuple[Verdict, str] | None]:
    head = read_head(page.data)
    info = PageInfo(page.name, page.size, page.crc, head.kind, head.width, head.height)
    name = "".join(c if c.isprintable() else "?" for c in page.name[-80:])
    if not page.data:
        return info, ("damaged", f"The page “{name}” is empty.")
    if not head.kind:
        return info, ("damaged", f"The page “{name}” is no image.")
    if head.width * head.height > MAX_PIXELS:
        return info, ("refused", f"The page “{name}” has more than 200 million pixels.")
    if head.kind in _WITH_MEASURES and not head.width * head.height:
        return info, ("damaged", f"The page “{name}” is damaged at its start.")
    if not _is_whole(page.data, head.kind):
        return info, ("warn", f"The page “{name}” seems to be cut off.")
    return info, None


def _is_whole(data: bytes, kind: str) -> bool:
    """Whether the image has its end; some programs write something more behind it."""
    if kind == "webp":
        return int.from_bytes(data[4:8], "little") + 8 <= len(data)
    ends = {"jpeg": b"\xff\xd9", "png": b"IEND\xaeB`\x82", "gif": b"\x3b"}
    return ends.get(kind, b"") in data[-_TAIL_BYTES:]
