"""Which of several duplicates to keep, and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

_SOUND = {"ok": 2, "warn": 2, "unread": 1}
_FORMATS = {"cbz": 2, "cbt": 1}
_NOTHING_BETTER = "Nothing tells them apart; this one comes first."


@dataclass(frozen=True, slots=True)
class Copy:
    """What is known of one of them."""

    comic: int
    path: str
    verdict: str
    problem: str
    """Why it could not be read to its end; empty where it could."""
    format: str
    page_count: int
    width: int
    height: int
    tag_count: int
    size_bytes: int

    @property
    def pixels(self) -> int:
        return self.width * self.height

    @property
    def soundness(self) -> int:
        return 0 if self.problem else _SOUND.get(self.verdict, 0)


@dataclass(frozen=True, slots=True)
class _Merit:
    text: str
    of: Callable[[Copy], float]
    tolerance: float = 0
    """What lies below the best by this share is as good."""
    is_of_all: bool = False
    """It decides only where it is known of all: 0 means that nobody has looked."""


_MERITS = (
    _Merit("the archive is sound", lambda copy: copy.soundness),
    _Merit("more pages", lambda copy: copy.page_count, 0.1),
    _Merit("larger images", lambda copy: copy.pixels, 0.1, is_of_all=True),
    _Merit("better tags", lambda copy: copy.tag_count),
    _Merit("more pages", lambda copy: copy.page_count),
    _Merit("no remark on its archive", lambda copy: copy.verdict == "ok"),
    _Merit("it is a .cbz", lambda copy: _FORMATS.get(copy.format, 0)),
    _Merit("larger images", lambda copy: copy.pixels, is_of_all=True),
    _Merit("the larger file", lambda copy: copy.size_bytes),
)
"""Each decides only among those that are equally good so far. A page more counts less than images
twice as large; a tenth more of them counts more."""


def suggestion(copies: Sequence[Copy]) -> tuple[Copy, str]:
    """The one to keep, with what speaks for it. A damaged one never wins over a sound one."""
    left, reasons = sorted(copies, key=lambda copy: copy.path), []
    for merit in _MERITS:
        values = [merit.of(copy) for copy in left]
        if merit.is_of_all and not all(values):
            continue
        best = max(values)
        better = [copy for copy in left if merit.of(copy) >= best * (1 - merit.tolerance)]
        if len(better) < len(left) and merit.text not in reasons:
            reasons.append(merit.text)
        left = better
    return left[0], _sentence(reasons)


def _sentence(reasons: Sequence[str]) -> str:
    if not reasons:
        return _NOTHING_BETTER
    text = ", ".join(reasons)
    return f"{text[0].upper()}{text[1:]}."
