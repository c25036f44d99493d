"""What is wrong with a page, and with a comic by its pages."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace

from library.archives.base import Entry, Inspection
from library.archives.exceptions import Verdict
from library.archives.images import MAX_PIXELS, ImageHead, ImageKind, jpeg_scan
from library.archives.pagenumbers import missing_numbers, told

_TAIL_BYTES = 64 * 2**10
_WITH_MEASURES = frozenset(["jpeg", "png", "gif", "webp", "bmp", "tiff"])
_HEIF: frozenset[ImageKind] = frozenset(["avif", "heic"])
_KINDS: dict[str, frozenset[ImageKind]] = {
    "jpg": frozenset(["jpeg"]),
    "jpeg": frozenset(["jpeg"]),
    "jpe": frozenset(["jpeg"]),
    "jfif": frozenset(["jpeg"]),
    "tif": frozenset(["tiff"]),
    # One container, and its start does not always tell which of the two it holds.
    "avif": _HEIF,
    "heic": _HEIF,
    "heif": _HEIF,
}
_ORDER: tuple[Verdict, ...] = ("ok", "warn", "damaged", "refused")
_MAX_REASON = 300

Problem = tuple[Verdict, str]
"""How bad, and a sentence with {} for the page's name."""
UNDECODABLE: Problem = ("damaged", "The page “{}” cannot be decoded.")
TOO_COSTLY: Problem = ("warn", "The page “{}” is too large to be decoded here.")
TOO_LARGE: Problem = ("refused", "The page “{}” has more than 200 million pixels.")


class Findings:
    """What was found wrong with a comic, to be told in one reason."""

    def __init__(self) -> None:
        self._names: dict[Problem, list[str]] = defaultdict(list)

    def add(self, problem: Problem, page: str) -> None:
        self._names[problem].append(page)

    def look_at_list(self, pages: Collection[Entry]) -> None:
        """The pages as the table of contents has them."""
        if not any(page.size for page in pages):
            self.add(("damaged", "All its pages are empty."), "")
            return
        for page in pages:
            if not page.size:
                self.add(("warn", "The page “{}” is empty."), page.name)
        if gaps := missing_numbers(page.name for page in pages):
            self.add(("warn", told(gaps)), "")

    def judged(self, inspection: Inspection) -> Inspection:
        """With the worst verdict, and all reasons for just that one."""
        verdicts = [inspection.verdict, *(verdict for verdict, _text in self._names)]
        worst = max(verdicts, key=_ORDER.index)
        reasons = [inspection.reason] if inspection.verdict == worst else []
        reasons += [
            _sentence(text, names)
            for (verdict, text), names in self._names.items()
            if verdict == worst
        ]
        reason = " ".join(filter(None, reasons))
        return replace(inspection, verdict=worst, reason=reason[:_MAX_REASON])


def problem_of(name: str, data: bytes, head: ImageHead) -> Problem | None:
    """The worst that the page's bytes show without being decoded; that there are none, the list
    of pages has shown."""
    if not data:
        return None
    if not head.kind:
        return "damaged", "The page “{}” is no image of a known kind."
    if head.width * head.height > MAX_PIXELS:
        return TOO_LARGE
    if head.kind in _WITH_MEASURES and not head.width * head.height:
        return "damaged", "The page “{}” is damaged at its start."
    if not _is_whole(data, head.kind):
        return "warn", "The page “{}” seems to be cut off."
    suffix = name.rpartition(".")[2].lower()
    if head.kind not in _KINDS.get(suffix, (suffix,)):
        return "warn", f"The page “{{}}” is really a {head.kind.upper()} image."
    return None


def _sentence(text: str, names: list[str]) -> str:
    shown = "".join(c if c.isprintable() else "?" for c in names[0][-80:])
    more = f" (and {len(names) - 1:,} more)." if len(names) > 1 else "."
    return text.removesuffix(".").format(shown) + more


def _is_whole(data: bytes, kind: str) -> bool:
    """Whether the image has its end; some programs write something more behind it."""
    if kind == "webp":
        return int.from_bytes(data[4:8], "little") + 8 <= len(data)
    if kind == "jpeg":
        scan = jpeg_scan(data)
        return scan >= 0 and data.rfind(b"\xff\xd9", scan) >= 0
    if kind == "gif":
        return data[-_TAIL_BYTES:].rstrip(b"\0").endswith(b";")
    return kind != "png" or data.rfind(b"IEND\xaeB`\x82") >= 0
