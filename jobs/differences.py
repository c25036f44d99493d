"""What differs between two texts, word by word."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

MOST_WORDS = 300
"""Beyond, only what both begin and end with is taken for equal: to compare takes quadratic time."""
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Part:
    text: str
    differs: bool


def marked(before: str, after: str) -> tuple[list[Part], list[Part]]:
    """Both texts in parts; put together, the parts are the texts to the letter."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    sides: tuple[list[Part], list[Part]] = ([], [])
    for is_equal, old_words, new_words in _runs(old, new):
        for side, words in zip(sides, (old_words, new_words), strict=True):
            if words:
                side.append(Part("".join(words), not is_equal))
    return sides


_Run = tuple[bool, list[str], list[str]]


def _runs(old: list[str], new: list[str]) -> list[_Run]:
    """Whether they are equal, and the words of each; a space between differing words differs."""
    runs: list[_Run] = []
    for is_equal, old_words, new_words in _compared(old, new):
        is_space = is_equal and "".join(old_words).isspace() and bool(runs)
        if runs and (is_space or not is_equal) and not runs[-1][0]:
            runs[-1] = (False, runs[-1][1] + old_words, runs[-1][2] + new_words)
        else:
            runs.append((is_equal, old_words, new_words))
    return runs


def _compared(old: list[str], new: list[str]) -> list[_Run]:
    if max(len(old), len(new)) > MOST_WORDS:
        return _ends(old, new)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [(tag == "equal", old[a:b], new[c:d]) for tag, a, b, c, d in matcher.get_opcodes()]


def _ends(old: list[str], new: list[str]) -> list[_Run]:
    least = min(len(old), len(new))
    start = next((n for n in range(least) if old[n] != new[n]), least)
    rest = range(1, least - start + 1)
    end = next((n - 1 for n in rest if old[-n] != new[-n]), least - start)
    cut = [(0, start, 0, start), (start, len(old) - end, start, len(new) - end)]
    cut.append((len(old) - end, len(old), len(new) - end, len(new)))
    return [(n != 1, old[a:b], new[c:d]) for n, (a, b, c, d) in enumerate(cut) if b > a or d > c]
