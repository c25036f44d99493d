"""Who else wants to know what happened, beyond the open pages: apps register here."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

logger = logging.getLogger(__name__)

Listener = Callable[[str, Mapping[str, Any]], object]

_listeners: list[Listener] = []


def listener(function: Listener) -> Listener:
    """Have `function` called with the type of each event, such as "job.completed", and its data.

    It is called in the transaction in which it happened, so what it writes stands or falls with
    that; slow things are for later.
    """
    _listeners.append(function)
    return function


def tell(event: str, data: Mapping[str, Any]) -> None:
    for each in _listeners:
        try:
            with transaction.atomic():
                each(event, data)
        # What happened has happened, whatever somebody makes of it.
        except Exception:
            logger.exception("listener failed event=%s", event)
