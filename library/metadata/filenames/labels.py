"""Numbers with a label: #5, Chapter 5, 5 of 6, Vol. 2, Tome 2, 第5話."""

import re
from collections.abc import Iterator

from library.metadata.filenames.numbers import END, RANGE, Number, number, plain

_START = r"(?<![^\W_])"
_GAP = r"(?:\.\s*|\s*#\s*|-(?=[0-9])|\s+)?"
_CHAPTER_WORDS = (
    r"chapters?|chapitre|kapitel|cap[ií]tulo|capitolo|cap|hoofdstuk|chap|chp|ch|episodes?|ep"
    r"|глав[аыу]|ตอนที่|บทที่|c(?!2c)(?=[0-9])"
)
_ISSUE_WORDS = (
    r"issues?|heft|ausgabe|fascicolo|fascicule|num[ée]ro|número|nummer|выпуск|n\s?[°º]|№"
    r"|(?<=[0-9]\s)n(?=[0-9])"
    r"|(?<=2000ad\s)progs?|(?<=2000\sad\s)progs?|(?<=[0-9]\s)week|(?<=-\s)week"
)
_WITH_HASH = re.compile(
    rf"(?:{_START}(?:issues?|chapter|ch\.?|episode|ep\.?|no\.?|nr\.?)\s?|(?<!\w))#\s?{RANGE}",
    re.IGNORECASE,
)
_HASH_WORD = re.compile(r"(?<!\w)#\s?(?P<from>[A-Za-z]+[0-9]*)(?P<to>(?!))?(?!\w)")
_ISSUE = re.compile(rf"{_START}(?:{_ISSUE_WORDS}){_GAP}{RANGE}", re.IGNORECASE)
_CHAPTER = re.compile(rf"{_START}(?:{_CHAPTER_WORDS}){_GAP}{RANGE}", re.IGNORECASE)
_CHAPTER_BEHIND = re.compile(
    rf"(?:[第제]\s?|(?<![0-9.-])){RANGE}(?:\s?[话話章回화회장]|\s(?:глава|главы)(?!\w))",
    re.IGNORECASE,
)
_OF = re.compile(
    r"(?<!part )(?<!pt )(?<!pt\. )(?<!teil )(?<![\w.])(?P<from>[0-9]{1,4})(?P<to>(?!))?"
    rf"\s*(?:of|von|de|di|van|sur|z)\s*#?(?P<count>[0-9]+){END}",
    re.IGNORECASE,
)

_COUNTING = (
    "one two three four five six seven eight nine ten eleven twelve",
    "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx",
)
_WORDS = {word: str(n) for row in _COUNTING for n, word in enumerate(row.split(), start=1)}
_DIGITS = r"[0-9]{1,4}(?:\.[0-9]{1,2})?"
_VOLUME_END = r"(?![0-9A-Za-z])"
_LONG_VOLUME = (
    r"volumes?|vols?|tome|tomo|tom|band|buch|(?<!comic )book|livre|libro|deel|díl|книга|тома?|томa"
    r"|เล่ม(?:ที่)?"
)
_VOLUME = re.compile(
    rf"{_START}(?:(?:{_LONG_VOLUME}){_GAP}|bd\.?\s?|v\.?\s?|t\.?)"
    rf"(?P<volume>{_DIGITS})(?:[-–]v?(?P<to>{_DIGITS}))?{_VOLUME_END}",
    re.IGNORECASE,
)
_VOLUME_WORD = re.compile(
    rf"{_START}(?:volume|vol\.?|tome|tomo|band|buch|(?<!comic )book|livre)\s+"
    rf"(?P<word>{'|'.join(sorted(_WORDS, key=len, reverse=True))})(?!\w)",
    re.IGNORECASE,
)
_VOLUME_BEHIND = re.compile(
    rf"(?:[第제]\s?|(?<![0-9.]))(?P<volume>{_DIGITS})(?:[-–](?P<to>{_DIGITS}))?"
    r"\s?(?:[巻卷册冊권]|том[аa]?(?!\w))|卷\s?(?P<before>[0-9]{1,4})",
    re.IGNORECASE,
)
_EPISODE = r"(?i:e[0-9]|ch|ep)"
_SEASON = re.compile(
    rf"(?<!\w)(?:S(?P<volume>[0-9]{{1,2}})(?=\s?(?:[0-9]|{_EPISODE}))"
    rf"|(?i:season)\s(?P<before>[0-9]{{1,2}})(?=[\s,–-]+{_EPISODE}))"
)


def volumes(text: str) -> Iterator[Number]:
    """What is called a volume, the surest label first."""
    for rule in (_VOLUME, _VOLUME_BEHIND, _VOLUME_WORD, _SEASON):
        for match in rule.finditer(text):
            yield Number(match.start(), match.end(), _volume(match))


def issues(text: str) -> Iterator[Number]:
    """What is called an issue or a chapter, the surest label first."""
    for rule, chapter in _ISSUE_RULES:
        for match in rule.finditer(text):
            yield number(match, chapter=chapter)


def issue_of(text: str) -> tuple[Number, str] | None:
    """From “5 of 6”: the number and how many there are."""
    match = _OF.search(text)
    return (number(match), plain(match["count"])) if match else None


_ISSUE_RULES = (
    (_WITH_HASH, False),
    (_HASH_WORD, False),
    (_ISSUE, False),
    (_CHAPTER, True),
    (_CHAPTER_BEHIND, True),
)


def _volume(match: re.Match[str]) -> str:
    groups = match.groupdict()
    if word := groups.get("word"):
        return _WORDS[word.lower()]
    first = groups.get("volume") or groups["before"]
    last = groups.get("to")
    rises = last and float(last) > float(first)
    return f"{first}–{last}" if rises else first
