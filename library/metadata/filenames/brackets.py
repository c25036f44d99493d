"""What stands in brackets, of any kind and depth, taken out of a name's text."""

from typing import NamedTuple

from library.metadata.filenames.spelling import BREAK

_OPENING = "([{【"
_CLOSING = ")]}】"


class Bracket(NamedTuple):
    text: str
    place: int
    """Where its break stands in the text; brackets within brackets share one."""
    square: bool


def take_brackets(text: str) -> tuple[str, list[Bracket]]:
    """The text with a break for each bracket, and the brackets.

    One that is never closed reaches to the end, and so does one that is closed by another kind.
    """
    outside = ""
    brackets: list[Bracket] = []
    inside, depth, place, square = "", 0, -1, False
    for letter in text:
        if letter in _OPENING or (letter in _CLOSING and depth):
            if depth:
                brackets.append(Bracket(inside.strip(), place, square))
            else:
                place = len(outside) + 1
                outside += f" {BREAK} "
            depth += 1 if letter in _OPENING else -1
            inside, square = "", letter in "[【"
        elif depth:
            inside += letter
        else:
            outside += " " if letter in _CLOSING else letter
    brackets.append(Bracket(inside.strip(), place, square))
    return outside, [bracket for bracket in brackets if bracket.text]
