"""Which comics are the same issue by what their tags or their names say."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from library.metadata.model import known

_EDITIONS = ("annual", "special", "omnibus", "tpb", "trade", "collection", "hardcover", "preview")
_DISTINCT = {"Volume": "volume", "Year": "year", "LanguageISO": "language"}
ELEMENTS = ("Series", "Number", "Format", *_DISTINCT)


@dataclass(frozen=True, slots=True)
class Name:
    series: str
    number: str
    edition: str = ""
    """Annual and the like, which is another comic than the issue of that number."""
    volume: str = ""
    year: str = ""
    language: str = ""

    @classmethod
    def of(cls, tags: Mapping[str, str]) -> "Name | None":
        """From ComicInfo's elements; None without a series and a number."""
        series, number = _plain(known(tags, "Series")), _number(known(tags, "Number"))
        if not series or not number:
            return None
        distinct = {name: known(tags, element).lower() for element, name in _DISTINCT.items()}
        return cls(series, number, _edition(known(tags, "Format")), **distinct)

    @property
    def key(self) -> tuple[str, str, str]:
        return self.series, self.number, self.edition


def same(names: Mapping[int, Name]) -> Iterator[list[int]]:
    """Keys of those that name one issue, two or more each.

    What is not said contradicts nothing; but a name that fits two issues is taken for neither.
    """
    alike: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for key, name in names.items():
        alike[name.key].append(key)
    for keys in alike.values():
        if len(keys) > 1:
            yield from _issues({key: names[key] for key in keys})


def _issues(names: Mapping[int, Name]) -> Iterator[list[int]]:
    issues: list[tuple[dict[str, str], list[int]]] = []
    unclear: list[int] = []
    for key, said in sorted(((k, _said(n)) for k, n in names.items()), key=lambda x: -len(x[1])):
        fitting = [issue for issue in issues if _fits(said, issue[0])]
        if not fitting:
            issues.append((dict(said), [key]))
        elif len(fitting) == 1:
            fitting[0][0].update(said)
            fitting[0][1].append(key)
        else:
            unclear.append(key)
    yield from (keys for _said, keys in issues if len(keys) > 1)
    if len(unclear) > 1:
        yield unclear


def _said(name: Name) -> dict[str, str]:
    return {each: getattr(name, each) for each in _DISTINCT.values() if getattr(name, each)}


def _fits(said: Mapping[str, str], issue: Mapping[str, str]) -> bool:
    return all(issue.get(each, value) == value for each, value in said.items())


@lru_cache(4096)
def _plain(text: str) -> str:
    """Without accents, case, punctuation and a leading article."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    words = "".join(c if c.isalnum() else " " for c in decomposed if not unicodedata.combining(c))
    return " ".join(_without_article(words.split()))


def _without_article(words: list[str]) -> Iterable[str]:
    return words[1:] if len(words) > 1 and words[0] == "the" else words


def _number(text: str) -> str:
    text = text.strip().casefold()
    return text.lstrip("0") or "0" if text else ""


def _edition(text: str) -> str:
    text = text.casefold()
    return next((edition for edition in _EDITIONS if edition in text), "")
