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
    size = _family("comics_bytes", "Size of their files, by state.", "state")
    rows = list(
        Comic.objects.values_list("state", "verdict", "present")
        .annotate(Count("pk"), Sum("size_bytes"))
        .order_by()
    )
    here = [
        (state, verdict, count, total) for state, verdict, is_here, count, total in rows if is_here
    ]
    for state in Comic.State.values:
        by_state.add_metric([state], sum(count for s, _v, count, _b in here if s == state))
        size.add_metric([state], sum(total for s, _v, _c, total in here if s == state))
    for verdict in Comic.Verdict.values:
        by_verdict.add_metric([verdict], sum(count for _s, v, count, _b in here if v == verdict))
    missing = sum(count for _s, _v, is_here, count, _b in rows if not is_here)
    yield from (by_state, by_verdict, size)
    yield GaugeMetricFamily(
        "comicmaintainer_comics_missing", "Comics whose files are gone.", value=missing
    )


def _trash() -> Iterator[Metric]:
    files = TrashedFile.objects.aggregate(count=Count("pk"), size=Sum("size_bytes", default=0))
    yield GaugeMetricFamily(
        "comicmaintainer_trash_files", "Originals in the trash.", value=files["count"]
    )
    yield GaugeMetricFamily("comicmaintainer_trash_bytes", "Their size.", value=files["size"])


def _family(name: str, text: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"comicmaintainer_{name}", text, labels=[label])
