"""What every subject of the benchmark hands over, and how it is printed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any


@dataclass(frozen=True)
class Goal:
    text: str
    figure: str
    met: bool | None
    """None where it could not be measured."""

    @property
    def verdict(self) -> str:
        return {True: "met", False: "missed", None: "not measured"}[self.met]


@dataclass
class Report:
    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]]
    notes: list[str] = field(default_factory=list)
    """Said below the table, a line each."""
    goals: list[Goal] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    """All figures, for JSON."""

    def as_text(self) -> str:
        goals = [(goal.verdict, goal.figure, goal.text) for goal in self.goals]
        parts = [self.title, "", *aligned([self.columns, *self.rows], texts=2), "", *self.notes]
        if goals:
            parts += ["", "Goals", *aligned(goals, texts=3)]
        return "\n".join(parts) + "\n"

    def as_data(self) -> dict[str, Any]:
        goals = [
            {"goal": goal.text, "figure": goal.figure, "verdict": goal.verdict}
            for goal in self.goals
        ]
        return {**self.data, "notes": self.notes, "goals": goals}


def aligned(rows: Sequence[Sequence[str]], *, texts: int) -> Iterator[str]:
    """The first `texts` columns to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.ljust(width) if n < texts else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def number(value: float) -> str:
    """With three digits that mean something; more would be noise."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def judged(
    text: str, value: float | None, unit: str, *, most: float = inf, least: float = -inf
) -> Goal:
    """Whether the figure lies between these two; it is None where there is no figure."""
    if value is None:
        return Goal(text, "–", None)
    return Goal(text, f"{number(value)} {unit}".strip(), least <= value <= most)
