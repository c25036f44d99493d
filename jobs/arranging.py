"""What an operation makes of all of a job's items together, before the first of them begins."""

from collections.abc import Iterator
from itertools import islice

from django.db import connection, transaction
from django.db.models import Q

from jobs.models import Job, JobItem
from jobs.operations import Arrangement, Check, Operation

CHUNK = 2000
"""Items in one query or transaction: others wait for the write lock no longer than that takes."""


def arrange(job: Job, operation: Operation, check: Check) -> None:
    """Raises what `check` raises; whoever comes next does it anew."""
    # Of a node that died over it.
    job.items.filter(~Q(note="") | Q(turn__gt=0)).update(note="", turn=0)
    arrangements = iter(operation.arrange(_listed(job, check), job.options, check))
    while chunk := list(islice(arrangements, CHUNK)):
        check()
        _write(job, chunk)


def _listed(job: Job, check: Check) -> Iterator[tuple[int, str]]:
    last = 0
    items = job.items.order_by("position").values_list("position", "key")
    while found := list(items.filter(position__gt=last)[:CHUNK]):
        check()
        yield from found
        last = found[-1][0]


def _write(job: Job, chunk: list[Arrangement]) -> None:
    table = JobItem._meta.db_table
    values = "turn = %s, note = %s"
    sql = f"UPDATE {table} SET {values} WHERE job_id = %s AND position = %s"  # nosec B608
    job_id = JobItem._meta.get_field("job").get_db_prep_value(job.pk, connection)
    rows = [(each.turn, each.note, job_id, each.position) for each in chunk]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(sql, rows)
