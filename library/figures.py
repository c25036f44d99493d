"""The libraries in figures, for monitoring."""

from collections.abc import Iterator

from django.db.models import Count, Sum
from prometheus_client.core import GaugeMetricFamily, Metric

from library.models import Comic, TrashedFile


def figures() -> Iterator[Metric]:
    yield from _comics()
    yield from _trash()


def _comics() -> Iterator[Metric]:
    by_state = _family("comics", "Comics whose files are there, by state.", "state")
    by_verdict = _family("comics_read", "The same, by what reading them said.", "verdict")
    rows = Comic.objects.values_list("present", "state", "verdict").annotate(Count("pk")).order_by()
    counts = {tuple(row[:3]): row[3] for row in rows}
    for state in Comic.State.values:
        by_state.add_metric(
            [state], sum(n for key, n in counts.items() if key[:2] == (True, state))
        )
    for verdict in Comic.Verdict.values:
        count = sum(n for key, n in counts.items() if key[::2] == (True, verdict))
        by_verdict.add_metric([verdict], count)
    missing = sum(n for (is_here, _state, _verdict), n in counts.items() if not is_here)
    size = Comic.objects.present().aggregate(size=Sum("size_bytes", default=0))["size"]
    yield from (by_state, by_verdict)
    yield _gauge("comics_missing", "Comics whose files are gone.", missing)
    yield _gauge("comics_bytes", "Size of the files that are there.", size)


def _trash() -> Iterator[Metric]:
    files = TrashedFile.objects.aggregate(count=Count("pk"), size=Sum("size_bytes", default=0))
    yield _gauge("trash_files", "Originals in the trash.", files["count"])
    yield _gauge("trash_bytes", "Their size.", files["size"])


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"comicmaintainer_{name}", text, value=value)


def _family(name: str, text: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"comicmaintainer_{name}", text, labels=[label])
