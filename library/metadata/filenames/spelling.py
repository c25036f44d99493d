"""A file name as text with spaces, whatever stood for them: underscores, dots, hyphens, %20."""

import re
from functools import lru_cache
from pathlib import PurePath
from urllib.parse import unquote

BREAK = "\x1f"
"""Stands in the text where a bracket, a date or a mark of the scan stood."""

_SUFFIX = re.compile(r"\.(?:cb[zr7t]|zip|rar|7z|tar|pdf|epub)$", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ESCAPED = re.compile(r"_(2[0126789C]|5B|5D)(?![0-9])")
_DECIMAL = re.compile(r"(?<![0-9])(?!(?:19|20)[0-9]{2}\.)([0-9]{1,4})\.([0-9])(?=\.|$)")
_THOUSANDS = re.compile(r"(?<=\s)[0-9]{1,3}(?:,[0-9]{3})+(?=\s*(?:$|[(\[]))")
_YEAR_AT_END = re.compile(r"^(.*[0-9].* )((?:19|20)[0-9]{2})$")
_HYPHEN_BEFORE_NUMBER = re.compile(
    r"(?:(?<=\w{3})|(?<=[0-9]))-(?!(?<=(?:19|20)[0-9]{2}-)(?:0[1-9]|1[0-2])(?![0-9]))"
    r"(?=(?:v|vol|t|tome|c|ch|chapter|issue|#)?-?[.]?[0-9½])",
    re.IGNORECASE,
)
_SLUG = re.compile(r"[a-z]+(?:-[a-z0-9.]+)*-[0-9][0-9.]*(?:-[a-z0-9]+)*")
_GLUED_HASH = re.compile(r"(?<=\w)(?=#[0-9])")
_GLUED_NUMBER = re.compile(r"^([^\W\d_]{4,})(0[0-9]{1,2}|[0-9]{3})(?=$|[(\[])")
_YEAR_AS_FRACTION = re.compile(r"(?<=[0-9])\.(?=(?:19|20)[0-9]{2}(?![0-9]))")
_MONTH_AND_NUMBER = re.compile(r"(?<=\W(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2]))\.(?=[0-9])")
_GLUED_VOLUME = re.compile(r"(?<=[^\W\d_]{3})(?=[vV][0-9]{1,2}(?!\w))")
_COMPACT_DATE = re.compile(
    r"(?<!\w)((?:19|20)[0-9]{2})(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])(?!\w)"
)
_MONTH_FIRST = re.compile(r"^((?:19|20)[0-9]{2})(0[1-9]|1[0-2]) (?=[^\W\d])")
_UNKNOWN_VOLUME = re.compile(r"(?i)(?<!\w)vol(?:ume)?\.? ?TBD(?!\w)")
_DIGITS = str.maketrans("０１２３４５６７８９　＃（）［］", "0123456789 #()[]")


@lru_cache(maxsize=512)
def spelled(name: str) -> str:
    """Without suffix, and with single spaces between words."""
    stem = _SUFFIX.sub("", PurePath(name).name)
    stem = _unescaped(_CONTROL.sub(" ", stem)).translate(_DIGITS)
    stem = _GLUED_VOLUME.sub(" ", stem)
    stem = stem.strip() if " " in stem.strip() else _respaced(stem.strip())
    # Doubled separators send comicapi's lexer in circles.
    stem = re.sub(r"\s*--+\s*", " - ", stem)
    stem = re.sub(r"(?<=[a-z]{2})\.(?=[A-Z][a-z])", " ", stem)
    stem = _THOUSANDS.sub(lambda number: number[0].replace(",", ""), stem)
    stem = _GLUED_HASH.sub(" ", stem)
    stem = _YEAR_AS_FRACTION.sub(" ", stem)
    stem = _COMPACT_DATE.sub(r"\1-\2-\3", stem)
    stem = _MONTH_FIRST.sub(r"\1-\2 ", stem)
    stem = _UNKNOWN_VOLUME.sub(" ", stem)
    # v2c6, vol03ch15
    stem = re.sub(r"(?i)(?<!\w)(v(?:ol)?\.?[0-9]+)/?(?=ch?[0-9])", r"\1 ", stem)
    return " ".join(stem.split())


def _unescaped(stem: str) -> str:
    if "%20" in stem or "%28" in stem:
        stem = _CONTROL.sub(" ", unquote(stem, errors="replace"))
    if len(_ESCAPED.findall(stem)) > 2:
        stem = _ESCAPED.sub(lambda m: chr(int(m[1], 16)), stem)
    stem = stem.replace("&amp;", "&")
    if " " in stem:
        stem = re.sub(r"(?<=\w)_(?= )", ":", stem)
    return re.sub(r"_+", " ", stem)


def _respaced(stem: str) -> str:
    """A name without any space: its dots or hyphens may be what parts the words."""
    if stem.count(".") > 1 or re.search(r"[^\W\d]{2}\.[0-9#v]", stem, re.IGNORECASE):
        stem = _MONTH_AND_NUMBER.sub(" ", stem)
        stem = _DECIMAL.sub(r"\1\0\2", stem).replace(".", " ").replace("\0", ".")
        stem = _YEAR_AT_END.sub(r"\1(\2)", stem)
    if _SLUG.fullmatch(stem):
        return stem.replace("-", " ")
    return _GLUED_NUMBER.sub(r"\1 \2", _HYPHEN_BEFORE_NUMBER.sub(" ", stem))
