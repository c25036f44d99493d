"""A preview's items as its page shows them: what is in the way first, then what would change."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import overload

from django.core.paginator import Page, Paginator
from django.http import QueryDict

from jobs import display
from jobs.models import Job, JobItem
from jobs.operations import Outcome
from jobs.results import PAGE_SIZE, Row, row_of
from jobs.ticks import Ticks

KINDS = {
    "conflict": (Outcome.CONFLICT,),
    "cannot": (Outcome.FAILED, Outcome.SKIPPED),
    "changed": (Outcome.CHANGED,),
    "unchanged": (Outcome.UNCHANGED,),
}


class _InOrder(Sequence[JobItem]):
    """The items outcome by outcome. The job has counted each, so a page takes a query for each
    outcome that is on it, and none sorts."""

    def __init__(self, job: Job, outcomes: Sequence[Outcome]) -> None:
        self._job = job
        self._outcomes = outcomes

    def __len__(self) -> int:
        return sum(self._job.outcomes[outcome] for outcome in self._outcomes)

    @overload
    def __getitem__(self, index: int) -> JobItem: ...
    @overload
    def __getitem__(self, index: slice) -> list[JobItem]: ...
    def __getitem__(self, index: int | slice) -> JobItem | list[JobItem]:
        if isinstance(index, int):
            return self[index : index + 1][0]
        start, stop, _step = index.indices(len(self))
        items: list[JobItem] = []
        for outcome in self._outcomes:
            count = self._job.outcomes[outcome]
            if start < count and stop > 0:
                found = self._job.items.filter(outcome=outcome).order_by("n")
                items += found[start : min(stop, count)]
            start, stop = max(0, start - count), stop - count
        return items


@dataclass(frozen=True)
class Preview:
    rows: list[Row]
    page: "Page[JobItem]"
    kind: str
    """The only kind shown; "" for all."""
    ticked: Collection[int]
    """The positions of those on this page."""
    ticked_count: int
    """On all pages."""
    call: str
    """What the button says that applies it."""

    @property
    def query(self) -> QueryDict:
        """What the links to other pages keep."""
        query = QueryDict(mutable=True)
        if self.kind:
            query["outcome"] = self.kind
        return query

    @property
    def shown(self) -> str:
        """The positions that can be ticked on this page."""
        return ",".join(str(row.position) for row in self.rows if row.can_be_ticked)

    @property
    def is_all_ticked(self) -> bool:
        """On this page."""
        return all(row.position in self.ticked for row in self.rows if row.can_be_ticked)


def preview_of(job: Job, query: QueryDict, ticks: Ticks) -> Preview:
    """The page asked for by `outcome` and `page`; bad values are as if absent."""
    kind = query.get("outcome", "")
    kind = kind if kind in KINDS else ""
    outcomes = KINDS[kind] if kind else [each for kinds in KINDS.values() for each in kinds]
    page = Paginator(_InOrder(job, outcomes), PAGE_SIZE).get_page(query.get("page"))
    rows = [row_of(job, item) for item in page]
    ticked = {row.position for row in rows if row.can_be_ticked and ticks.hold(row.position)}
    count = ticks.count(job)
    return Preview(rows, page, kind, ticked, count, display.call(job, count))
