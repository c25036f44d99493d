"""What a comic's file name tells: what it says in so many words, then the likeliest reading.

Texts are always taken from the name itself; comicapi's parsers only vote on which number is the
issue. docs/filenames.md has what is understood.
"""

from library.metadata.filenames.parsed import ParsedName
from library.metadata.filenames.parsing import (
    folder_series,
    parse,
    parse_explicit,
    parse_folder,
    telling_folder,
)

__all__ = [
    "ParsedName",
    "folder_series",
    "parse",
    "parse_explicit",
    "parse_folder",
    "telling_folder",
]
