"""Search: a comic is found by the beginnings of the words in its path and in any of its tags,
whatever their case and accents."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import BooleanField, F, Func

from library.models import Comic, ComicWords

MAX_WORDS = 2000
"""Of a comic; the longest summaries have some hundred."""
MAX_WORD = 64
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
# Where people write no spaces, each sign is a word.
_SIGNS = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_SIGNS}]|[^\W_{_SIGNS}]+")


def words_in(text: str) -> list[str]:
    """Each once, in the order of the text."""
    if not text.isascii():
        signs = unicodedata.normalize("NFKD", text)
        text = "".join(sign for sign in signs if not unicodedata.combining(sign))
    found = _WORD.findall(text.casefold().translate(_PLAIN))
    return list(dict.fromkeys(word[:MAX_WORD] for word in found))


def words_of(path: str, tags: Mapping[str, str]) -> str:
    return " ".join(words_in("\n".join([path, *tags.values()]))[:MAX_WORDS])


def store_words(comics: Iterable[Comic]) -> None:
    """For comics whose rows were stored just now, in the same transaction."""
    rows = [ComicWords(comic=comic, words=words_of(comic.path, comic.tags)) for comic in comics]
    ComicWords.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["comic"], update_fields=["words"]
    )


class HasWords(Func):
    """Whether each of these words begins a word of the comic.

    SQLite asks an FTS5 table that triggers keep, PostgreSQL a GIN index. Both find the ids first.
    """

    output_field = BooleanField()
    conditional = True

    def __init__(self, words: Iterable[str]) -> None:
        self.words = list(words)
        super().__init__(F("pk"))

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        found = "SELECT rowid FROM library_words_index WHERE library_words_index MATCH %s"
        # With the plus, SQLite walks the index that holds all the rest and looks each id up in the
        # ids found; without it, it would fetch the rows of these ids, and sort them.
        return self._sql(compiler, f"+{{}} IN ({found})", " ".join(f'"{w}"*' for w in self.words))

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        found = "SELECT comic_id FROM library_comicwords WHERE vector @@ %s::tsquery"
        return self._sql(compiler, f"{{}} IN ({found})", " & ".join(f"'{w}':*" for w in self.words))

    def _sql(self, compiler: Any, condition: str, query: str) -> tuple[str, list[Any]]:
        pk, values = compiler.compile(self.source_expressions[0])
        return condition.format(pk), [*values, query]
