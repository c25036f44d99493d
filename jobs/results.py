"""The results of a job as its page and its CSV file show them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.http import QueryDict

from jobs import display
from jobs.differences import Part, marked
from jobs.models import Job, JobItem, JobItemQuerySet
from jobs.operations import FieldChange, Outcome
from jobs.troubles import Trouble, trouble_of

PAGE_SIZE = 100
COLUMNS = ("n", "position", "path", "outcome", "message", "before", "after", "duration_ms")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


NAMES = ("name", "path")
"""The fields of a change that are the file's own name; with its folder, where that changes too."""


@dataclass(frozen=True)
class ShownChange:
    """What a field said and says, with the words marked that differ."""

    field: str
    before: list[Part]
    after: list[Part]

    @classmethod
    def of(cls, change: FieldChange) -> "ShownChange":
        before, after = marked(change["before"], change["after"])
        return cls(change["field"], before, after)


@dataclass(frozen=True)
class Row:
    """One result. With no path it is the pattern that scripts fill in."""

    outcome: str
    label: str
    icon: str
    n: int = 0
    position: int = 0
    path: str = ""
    message: str = ""
    advice: str = ""
    technical: str = ""
    changes: tuple[ShownChange, ...] = ()
    duration_ms: int | None = None
    comic_id: int | None = None

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def can_be_ticked(self) -> bool:
        return self.outcome == Outcome.CHANGED

    @property
    def becomes_something(self) -> bool:
        """Whether its changes say what it becomes; what goes to the trash becomes nothing."""
        return any(change.after for change in self.changes)

    @property
    def renaming(self) -> ShownChange | None:
        return next((change for change in self.changes if change.field in NAMES), None)

    @property
    def other_changes(self) -> list[ShownChange]:
        return [change for change in self.changes if change.field not in NAMES]


@dataclass(frozen=True)
class Results:
    rows: list[Row]
    page: "Page[JobItem]"
    outcome: str
    """The only outcome shown; "" for all."""
    upto: int
    """Later results are not on these pages, so that a growing list pages stably."""

    @property
    def query(self) -> QueryDict:
        """What the links to other pages keep."""
        query = QueryDict(mutable=True)
        query["upto"] = str(self.upto)
        if self.outcome:
            query["outcome"] = self.outcome
        return query

    @property
    def is_live(self) -> bool:
        """Whether what comes next belongs on top of this page."""
        return self.page.number == 1 and not self.outcome


def results_of(job: Job, query: QueryDict) -> Results:
    """The page asked for by `outcome`, `page` and `upto`; bad values are as if absent."""
    outcome = query.get("outcome", "")
    outcome = outcome if outcome in Outcome.values else ""
    given = query.get("upto", "")
    is_number = given.isascii() and given.isdecimal() and len(given) < 19
    upto = min(int(given), job.processed) if is_number else job.processed
    items = job.items.filter(n__lte=upto, n__gt=0).order_by("-n")
    if outcome:
        items = items.filter(outcome=outcome)
    page = Paginator(items, PAGE_SIZE).get_page(query.get("page"))
    rows = [row_of(job, item) for item in page]
    return Results(rows, page, outcome, upto)


def rows_of(job: Job, numbers: str) -> list[Row]:
    """Of these results, as in "3,7"; what is none is as if absent."""
    wanted = [int(n) for n in numbers.split(",") if n.isascii() and n.isdecimal() and len(n) < 19]
    return [row_of(job, item) for item in job.items.filter(n__in=wanted[:PAGE_SIZE], n__gt=0)]


def row_of(job: Job, item: JobItem) -> Row:
    is_well = item.outcome in (Outcome.CHANGED, Outcome.UNCHANGED)
    trouble = Trouble(item.message) if is_well else trouble_of(job, item.message)
    return Row(
        outcome=item.outcome,
        label=display.outcome_label(job, item.outcome),
        icon=display.ICONS[Outcome(item.outcome)],
        n=item.n or 0,
        position=item.position,
        path=item.path,
        message=trouble.message,
        advice=trouble.advice,
        technical=trouble.technical,
        changes=tuple(ShownChange.of(change) for change in item.changes),
        duration_ms=item.duration_ms,
        comic_id=job.facts(item).get("comic_id"),
    )


def patterns(job: Job) -> list[Row]:
    """An empty row for each outcome."""
    return [
        Row(outcome.value, display.outcome_label(job, outcome), icon)
        for outcome, icon in display.ICONS.items()
    ]


def csv_rows(items: JobItemQuerySet) -> Iterator[Iterable[object]]:
    yield COLUMNS
    for item in items.iterator():
        before, after = (
            "; ".join(f"{change['field']}: {change[side]}" for change in item.changes)
            for side in ("before", "after")
        )
        texts = (item.path, item.outcome, item.message, before, after)
        yield (item.n, item.position, *(neutralised(text) for text in texts), item.duration_ms)


def neutralised(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV Injection)."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
