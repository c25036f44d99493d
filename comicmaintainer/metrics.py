"""GET /metrics: Prometheus text. For signed-in people, token holders and METRICS_TOKEN."""

import secrets
from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from comicmaintainer.health import live_workers
from comicmaintainer.models import ApiToken, Delivery
from jobs.figures import figures as job_figures
from jobs.figures import gauge
from library.figures import figures as library_figures


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    try:
        if _may_read(request):
            return HttpResponse(_text(), content_type=CONTENT_TYPE_LATEST)
    except Error:
        return JsonResponse({"detail": "The database does not answer."}, status=503)
    answer = JsonResponse({"detail": "Sign in, or send a token."}, status=401)
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _may_read(request: HttpRequest) -> bool:
    if request.user.is_authenticated:
        return True
    scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "token") or not (key := key.strip()):
        return False
    known = settings.METRICS_TOKEN
    if known and secrets.compare_digest(key.encode(), known.encode()):
        return True
    return ApiToken.objects.with_key(key) is not None


class _Registry:
    """The shape in which prometheus_client takes what is counted when somebody asks."""

    def __init__(self, *sources: Callable[[], Iterable[Metric]]) -> None:
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        for source in self._sources:
            yield from source()


def _text() -> bytes:
    registry = _Registry(job_figures, library_figures, _own_figures, REGISTRY.collect)
    text: bytes = generate_latest(registry)
    return text


def _own_figures() -> Iterator[Metric]:
    yield gauge("workers_alive", "Worker processes whose heart beats.", live_workers())
    deliveries = GaugeMetricFamily(
        "comicmaintainer_webhook_deliveries", "Webhook deliveries on record.", labels=["status"]
    )
    counts = dict.fromkeys(Delivery.Status.values, 0)
    rows = Delivery.objects.values_list("status").annotate(Count("pk")).order_by()
    for status, count in (counts | dict(rows)).items():
        deliveries.add_metric([status], count)
    yield deliveries
