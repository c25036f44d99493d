"""What is measured as it happens, in this process alone: /metrics of a server shows its own."""

from prometheus_client import Histogram

ITEM_SECONDS = Histogram(
    "comicmaintainer_item_duration_seconds",
    "How long items took, of those that the worker in this process did.",
    ["operation"],
    buckets=(0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 120),
)
