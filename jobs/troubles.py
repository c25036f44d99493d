"""What an item's message says for people, and what only for whoever looks for the cause."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from jobs.models import Job

_UNEXPECTED = re.compile("Unexpected error: (.*)", re.DOTALL)
_DIED = re.compile("The process that worked on it ended (.*)", re.DOTALL)


@dataclass(frozen=True)
class Trouble:
    message: str
    advice: str = ""
    """The next step."""
    technical: str = ""


def trouble_of(job: Job, message: str) -> Trouble:
    """Of an item that is not as it was meant to be."""
    if found := _UNEXPECTED.fullmatch(message):
        advice = _("Retry it. If it fails again, the server's log says more.")
        return Trouble(_("Something unforeseen happened."), advice, found[1])
    if found := _DIED.fullmatch(message):
        advice = _("Retry it alone; if that fails too, the file cannot be read safely here.")
        return Trouble(_("The process that worked on it broke down."), advice, found[1])
    return Trouble(message, _general(message) or job.advice(message))


def _general(message: str) -> str:
    if "longer than" in message and "stopped" in message:
        return _("Give it more time with ITEM_TIMEOUTS, then retry.")
    if "more memory" in message or "more processor time" in message:
        return _("The file asks for more than one item may use; replace it by another copy.")
    if message.startswith("Given up"):
        return _("Retry it alone; the others are done.")
    return ""
