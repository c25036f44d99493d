from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_migrate


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from jobs import checks as checks
        from jobs import idempotency, operations, removing, schedules

        operations.chore(removing.keep_house)
        operations.chore(idempotency.forget_old)
        operations.tick(schedules.run_due)
        post_migrate.connect(_make_counter, sender=self)
        user_logged_out.connect(_end_streams)


def _end_streams(request: Any, **kwargs: Any) -> None:
    from jobs.stream import stream

    stream.sign_out(request.session.session_key or "")


def _make_counter(using: str, **kwargs: Any) -> None:
    """A migration would do but for `flush`, which empties the table and sends this signal too."""
    from jobs.models import Revision

    Revision.objects.using(using).get_or_create(pk=1)
