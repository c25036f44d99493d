from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ParsedName:
    """What a file name says; empty where it says nothing. All texts are the name's own."""

    series: str = ""
    issue: str = ""
    """Without zeros for sorting: 7a, 12.5, ½, -1, 78.BEY; a range is 1-8."""
    title: str = ""
    volume: str = ""
    """A number or a range; the year in which the series began, where a later one stands too."""
    year: str = ""
    count: str = ""
    """How many issues there are: 4 in “3 (of 4)”."""
    chapter: str = ""
    """The issue again, where the name calls it a chapter."""
    format: str = ""
    """TPB, Omnibus, Annual, Digital and the like, in ComicInfo's usual spelling."""
    scan: str = ""
    """The group that made the file."""
    language: str = ""
    """As ISO 639-1."""
