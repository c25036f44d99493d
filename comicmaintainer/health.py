"""Whether all is well: for containers, proxies and monitors, without signing in.

/health         all of it: database, worker, watcher
/health/ready   this server can answer requests: send them here
/health/live    this process answers at all: where it does not, start it anew
"""

from time import monotonic

from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jobs.migrated import is_migrated
from jobs.models import Job, WorkerNode
from library.rar_readers import working_readers
from library.watching.state import overall

STALLED_SECONDS = 15

has_own_worker = False
"""Whether this process was started with a worker, so that there has to be one."""
begun = monotonic()
"""When this process was; one that was forked says so itself."""

_seen: dict[str, tuple[int, float]] = {}
"""The heartbeat of each worker when it was last seen to move, and when that was."""
_is_migrated = False


@login_not_required
@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """503 where the database does not answer; where a worker does not work that has to, because
    it was started or because a job waits."""
    try:
        worker = _worker()
        is_due = has_own_worker or worker == "stalled" or Job.objects.runnable().exists()
        idle = worker != "running" and is_due
        watcher, database = _watcher(worker), "ok"
    except Error:
        worker, watcher, idle, database = "unknown", "unknown", False, "error"
    healthy = database == "ok" and not idle
    facts = {
        "status": "ok" if healthy else "error",
        "database": database,
        "worker": worker,
        "watcher": watcher,
        "rar": working_readers(),
    }
    return JsonResponse(facts, status=200 if healthy else 503)


def _watcher(worker: str) -> str:
    """A worker that was killed may be in the books as the watcher for a while; one that was just
    started is not yet."""
    is_new = has_own_worker and monotonic() - begun < STALLED_SECONDS
    watcher = overall(worker_starts=is_new)
    if worker == "running" or watcher not in ("running", "starting"):
        return watcher
    return "starting" if is_new else "problem"


@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """503 where the database does not answer, or is not of this version."""
    try:
        database = "ok" if _migrated() else "not migrated"
    except Error:
        database = "error"
    is_ready = database == "ok"
    facts = {"status": "ok" if is_ready else "error", "database": database}
    return JsonResponse(facts, status=200 if is_ready else 503)


def live_workers() -> int:
    """How many workers live, as far as this process can tell: it has to have asked before."""
    beats = dict(WorkerNode.objects.values_list("pk", "heartbeat"))
    for gone in _seen.keys() - beats.keys():
        _seen.pop(gone, None)
    return sum([_moves(node, heartbeat) for node, heartbeat in beats.items()])


def _worker() -> str:
    if live_workers():
        return "running"
    return "stalled" if _seen else "none"


def _moves(node: str, heartbeat: int) -> bool:
    """Whether its heart beats; what is seen for the first time counts so."""
    known, since = _seen.get(node, (None, 0.0))
    if known != heartbeat:
        _seen[node] = (heartbeat, monotonic())
        return True
    return monotonic() - since <= STALLED_SECONDS


def _migrated() -> bool:
    """Looked up until it is so; then only whether the database answers."""
    global _is_migrated
    if _is_migrated:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    else:
        _is_migrated = is_migrated()
    return _is_migrated
