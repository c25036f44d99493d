from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class ComicMaintainerConfig(AppConfig):
    name = "comicmaintainer"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        connection_created.connect(_prefer_indexes)

        from comicmaintainer.webhooks import sending
        from comicmaintainer.webhooks.models import Webhook
        from jobs.listeners import listener
        from jobs.operations import chore, tick

        listener(Webhook.objects.tell)
        tick(sending.send_due)
        chore(sending.forget_old)


def _prefer_indexes(connection: Any, **_kwargs: Any) -> None:
    """PostgreSQL's own value is that of turning disks: it would rather read all rows of comics than
    an index of all that a list asks for. And what compiling costs, no list makes good."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET random_page_cost = 1.1; SET jit = off")
