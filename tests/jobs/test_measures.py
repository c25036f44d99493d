from collections.abc import Iterator

import pytest
from django.db import OperationalError

from jobs import measures
from jobs.models import ItemTimes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_gathered() -> Iterator[None]:
    measures._counts.clear()
    measures._sums.clear()
    yield
    measures._counts.clear()
    measures._sums.clear()


def test_each_worker_adds_what_it_has_measured() -> None:
    for durations in ([2, 3, 50], [4, 200_000]):
        for duration in durations:
            measures.observe("scan", duration)
        measures.store()
    measures.store()
    ((operation, steps, seconds),) = measures.histograms()
    counts = dict(steps)
    assert operation == "scan"
    assert (counts[0.003], counts[0.01], counts[0.1], counts[120.0]) == (2, 3, 4, 4)
    assert (steps[-1][1], seconds) == (5, 200.059)


def test_what_could_not_be_stored_is_stored_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**key: object) -> None:
        raise OperationalError("disk I/O error")

    measures.observe("scan", 5)
    with monkeypatch.context() as broken:
        broken.setattr(ItemTimes.objects, "get_or_create", away)
        with pytest.raises(OperationalError):
            measures.store()
    measures.observe("scan", 6)
    measures.store()
    assert ItemTimes.objects.values_list("upto_ms", "count", "sum_ms").get() == (10, 2, 11)
