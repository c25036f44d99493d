"""How long items took, whichever worker did them: gathered in memory, and added to the rows by its
heart. A worker that is killed loses those of its last second or two."""

import threading
from collections import Counter
from collections.abc import Iterator

from django.db import models, transaction
from django.db.models import F

BUCKETS_MS = (3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 120_000)
LONGER_MS = 2**31 - 1

Key = tuple[str, int]
"""Operation and bucket."""


class ItemTimes(models.Model):
    """So many items of an operation took at most so long, and longer than the next shorter."""

    operation = models.CharField(max_length=50)
    upto_ms = models.PositiveIntegerField()
    count = models.PositiveBigIntegerField(default=0)
    sum_ms = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "item times"
        constraints = [
            models.UniqueConstraint(fields=["operation", "upto_ms"], name="item_times_bucket")
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.upto_ms} ms"


_lock = threading.Lock()
_counts: Counter[Key] = Counter()
_sums: Counter[Key] = Counter()


def observe(operation: str, duration_ms: int) -> None:
    key = operation, next((most for most in BUCKETS_MS if duration_ms <= most), LONGER_MS)
    with _lock:
        _counts[key] += 1
        _sums[key] += duration_ms


def store() -> None:
    """Add what was gathered to the rows. Raises DatabaseError; it is kept for the next time."""
    with _lock:
        counts, sums = _counts.copy(), _sums.copy()
    if not counts:
        return
    with transaction.atomic():
        # In one order, so that two workers do not wait for each other.
        for key in sorted(counts):
            row, _is_new = ItemTimes.objects.get_or_create(operation=key[0], upto_ms=key[1])
            ItemTimes.objects.filter(pk=row.pk).update(
                count=F("count") + counts[key], sum_ms=F("sum_ms") + sums[key]
            )
    with _lock:
        _counts.subtract(counts)
        _sums.subtract(sums)
        for key in [key for key, count in _counts.items() if not count]:
            del _counts[key], _sums[key]


def histograms() -> Iterator[tuple[str, list[tuple[float, int]], float]]:
    """Of each operation: how many items took at most so many seconds, and all of them together."""
    found: dict[str, dict[int, ItemTimes]] = {}
    for row in ItemTimes.objects.order_by("operation"):
        found.setdefault(row.operation, {})[row.upto_ms] = row
    for operation, rows in found.items():
        so_far, steps = 0, []
        for most in (*BUCKETS_MS, LONGER_MS):
            so_far += rows[most].count if most in rows else 0
            steps.append((most / 1000, so_far))
        yield operation, steps, sum(row.sum_ms for row in rows.values()) / 1000
