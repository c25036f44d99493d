"""filenames.tsv: names in the patterns that people use, and what a person understands of them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

FIELDS = (
    "series",
    "issue",
    "volume",
    "year",
    "count",
    "title",
    "format",
    "scan",
    "language",
    "chapter",
)


@dataclass(frozen=True)
class Row:
    name: str
    fields: dict[str, str]

    def __str__(self) -> str:
        return self.name


@cache
def rows() -> tuple[Row, ...]:
    text = Path(__file__).with_name("filenames.tsv").read_text()
    header, *lines = text.splitlines()
    assert header.split("\t") == ["name", *FIELDS]
    return tuple(_row(line) for line in lines)


def _row(line: str) -> Row:
    name, *values = line.split("\t")
    padded = [*values, *[""] * (len(FIELDS) - len(values))]
    return Row(name, dict(zip(FIELDS, padded, strict=True)))
