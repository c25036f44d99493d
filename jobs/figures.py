"""The jobs in figures, for monitoring: a few queries over the job table, none over the items."""

from collections.abc import Iterator

from django.db.models import Count, Min, Sum
from django.utils.timezone import now
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric

from jobs import engine, measures
from jobs.models import Job, WorkerNode
from jobs.operations import Outcome
from jobs.stream import stream

JOB_BUCKETS = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000)
"""Seconds."""


def figures() -> Iterator[Metric]:
    yield _by_status()
    yield _items()
    yield _durations()
    yield _item_durations()
    yield _oldest()
    yield from _engine()


def gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"comicmaintainer_{name}", text, value=value)


def _by_status() -> Metric:
    family = GaugeMetricFamily(
        "comicmaintainer_jobs", "Jobs on record, by status.", labels=["status"]
    )
    counts = dict.fromkeys(Job.Status.values, 0)
    rows = Job.objects.announced().values_list("status").annotate(Count("pk"))
    for status, count in (counts | dict(rows.order_by())).items():
        family.add_metric([status], count)
    return family


def _items() -> Metric:
    family = GaugeMetricFamily(
        "comicmaintainer_job_items",
        "Items of the jobs on record, by outcome; “pending” are those of jobs that have not ended.",
        labels=["outcome"],
    )
    sums = Job.objects.announced().aggregate(
        **{f"sum_{outcome}": Sum(outcome, default=0) for outcome in Outcome.values}
    )
    for outcome in Outcome.values:
        family.add_metric([outcome], sums[f"sum_{outcome}"])
    family.add_metric(["pending"], sum(job.left for job in Job.objects.unfinished()))
    return family


def _durations() -> Metric:
    """From begin to end, pauses included, of the jobs on record."""
    family = HistogramMetricFamily(
        "comicmaintainer_job_duration_seconds",
        "How long jobs took that are on record and have completed.",
        labels=["operation"],
    )
    completed = Job.objects.announced().filter(status=Job.Status.COMPLETED)
    seconds: dict[str, list[float]] = {}
    for operation, began, ended in completed.values_list("operation", "started_at", "finished_at"):
        if began and ended:
            seconds.setdefault(operation, []).append((ended - began).total_seconds())
    for operation, each in sorted(seconds.items()):
        buckets = [(str(float(le)), sum(one <= le for one in each)) for le in JOB_BUCKETS]
        family.add_metric([operation], [*buckets, ("+Inf", len(each))], sum_value=sum(each))
    return family


def _item_durations() -> Metric:
    family = HistogramMetricFamily(
        "comicmaintainer_item_duration_seconds",
        "How long items took, whichever worker did them.",
        labels=["operation"],
    )
    for operation, steps, seconds in measures.histograms():
        *buckets, (_longer, count) = steps
        shown = [(str(most), so_far) for most, so_far in buckets]
        family.add_metric([operation], [*shown, ("+Inf", count)], sum_value=seconds)
    return family


def _oldest() -> Metric:
    """A job that waits although it may run: a hint that no worker is at work."""
    waiting = Job.objects.announced().filter(status=Job.Status.QUEUED)
    since = waiting.aggregate(since=Min("created_at"))["since"]
    age = (now() - since).total_seconds() if since else 0
    return gauge("oldest_waiting_job_seconds", "Age of the oldest job that waits; 0 for none.", age)


def _engine() -> Iterator[Metric]:
    nodes = WorkerNode.objects.aggregate(nodes=Count("pk"), threads=Sum("threads", default=0))
    yield gauge("workers", "Worker processes that are registered.", nodes["nodes"])
    yield gauge("worker_threads", "Items that they can work on at a time.", nodes["threads"])
    yield gauge("open_streams", "Live pages that this server process holds open.", stream.open)
    if (messages := engine.waiting()) is not None:
        yield gauge("queue_messages", "Messages that wait for a worker.", messages)
