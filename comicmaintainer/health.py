"""GET /health: for containers, proxies and monitors, without signing in."""

from time import monotonic

from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jobs.models import Job, WorkerNode
from library.rar_readers import working_readers

STALLED_SECONDS = 15

_seen: dict[str, tuple[int, float]] = {}
"""The heartbeat of each worker when it was last seen to move, and when that was."""


@login_not_required
@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """503 where the database does not answer, or where a job waits and nobody works."""
    try:
        worker = _worker()
        idle = worker != "running" and Job.objects.runnable().exists()
        database = "ok"
    except Error:
        worker, idle, database = "unknown", False, "error"
    healthy = database == "ok" and not idle
    facts = {
        "status": "ok" if healthy else "error",
        "database": database,
        "worker": worker,
        "watcher": "off",
        "rar": working_readers(),
    }
    return JsonResponse(facts, status=200 if healthy else 503)


def _worker() -> str:
    beats = dict(WorkerNode.objects.values_list("pk", "heartbeat"))
    for gone in _seen.keys() - beats.keys():
        _seen.pop(gone, None)
    moving = [_moves(node, heartbeat) for node, heartbeat in beats.items()]
    if any(moving):
        return "running"
    return "stalled" if moving else "none"


def _moves(node: str, heartbeat: int) -> bool:
    """Whether the worker lives as far as this process can tell; what it sees first counts so."""
    known, since = _seen.get(node, (None, 0.0))
    if known != heartbeat:
        _seen[node] = (heartbeat, monotonic())
        return True
    return monotonic() - since <= STALLED_SECONDS
