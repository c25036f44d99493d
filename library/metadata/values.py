"""What ComicInfo's elements may say, where that is not any text (schema 2.1, draft)."""

import re
from collections.abc import Mapping

_YES_NO = ("Unknown", "No", "Yes")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "Manga": (*_YES_NO, "YesAndRightToLeft"),
    "BlackAndWhite": _YES_NO,
    "AgeRating": (
        "Unknown", "Adults Only 18+", "Early Childhood", "Everyone", "Everyone 10+", "G",
        "Kids to Adults", "M", "MA15+", "Mature 17+", "PG", "R18+", "Rating Pending", "Teen",
        "X18+",
    ),
}  # fmt: skip
RANGES: Mapping[str, tuple[int, int]] = {
    "Count": (-1, 100_000),
    "Volume": (-1, 100_000),
    "AlternateCount": (-1, 100_000),
    "Year": (-1, 9999),
    "Month": (-1, 12),
    "Day": (-1, 31),
    "PageCount": (0, 100_000),
}
WHOLE = re.compile(r"-?[0-9]{1,9}")
_RATING = re.compile(r"[0-5](\.[0-9]{1,2})?")
_ADDRESS = re.compile(r"https?://[^\s/]+(/\S*)?", re.IGNORECASE)


def wrong_value(element: str, text: str) -> str:
    """Why it cannot say this text, and what it can; "" where all is well, and for an empty one."""
    if not text:
        return ""
    if element in RANGES:
        least, most = RANGES[element]
        if not WHOLE.fullmatch(text) or not least <= int(text) <= most:
            unknown = "; −1 stands for unknown" if least < 0 else ""
            return f"Give a whole number from {max(least, 0)} to {most}{unknown}."
    if element in CHOICES and text not in CHOICES[element]:
        return f"Give one of these: {', '.join(CHOICES[element])}."
    if element == "CommunityRating" and (not _RATING.fullmatch(text) or float(text) > 5):
        return "Give a number from 0 to 5, such as 4.5."
    if element == "Web" and not all(map(_ADDRESS.fullmatch, text.split())):
        return "Give addresses that begin with http:// or https://, with spaces between."
    return ""
