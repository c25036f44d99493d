"""What one worker host at a time does for all of them.

A duty is bound to the node's row, so it comes free with the node's leases: at once when the
worker stops, and when its heartbeat stands still, by the clock of whoever looks.
"""

from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat

from jobs.models import Duty, WorkerNode


def take(name: str, node: str) -> bool:
    """Whether the node has the duty from now on, or had it already."""
    duty, _is_new = Duty.objects.get_or_create(name=name, defaults={"owner": node})
    if duty.owner == node:
        return True
    if WorkerNode.objects.filter(pk=duty.owner).exists():
        return False
    # Of several that find it free, one still finds the former owner in the row.
    return bool(Duty.objects.filter(name=name, owner=duty.owner).update(owner=node))


def let_go(name: str, node: str) -> None:
    Duty.objects.filter(name=name, owner=node).delete()


def is_held(prefix: str) -> Exists:
    """Of rows: whether a node has the duty that is named by this prefix and the row's key.

    One that was killed has its duties until it is buried.
    """
    name = Concat(Value(prefix), Cast(OuterRef("pk"), CharField()))
    return Exists(Duty.objects.filter(name=name, owner__in=WorkerNode.objects.values("pk")))
