"""Libraries, the comics found in them, and what was changed on their files."""

from library.models.changes import Change, ChangeQuerySet, TrashedFile
from library.models.comics import (
    Comic,
    ComicQuerySet,
    ComicWords,
    columns_of,
    hidden,
    of_each_library,
)
from library.models.libraries import (
    MOST_VERIFY_DAYS,
    Library,
    Watch,
    validate_template,
    validate_timetable,
)

__all__ = [
    "MOST_VERIFY_DAYS",
    "Change",
    "ChangeQuerySet",
    "Comic",
    "ComicQuerySet",
    "ComicWords",
    "Library",
    "TrashedFile",
    "Watch",
    "columns_of",
    "hidden",
    "of_each_library",
    "validate_template",
    "validate_timetable",
]
