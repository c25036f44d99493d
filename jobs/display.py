"""A job in words and widths, for its pages. Reads nothing but the job given."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from jobs.models import Job
from jobs.operations import Outcome

BAR_WIDTH = 1000
"""The bar's own units; the page stretches it."""

ICONS = {
    Outcome.CHANGED: "circle-check",
    Outcome.UNCHANGED: "circle-minus",
    Outcome.SKIPPED: "skip-forward",
    Outcome.CONFLICT: "copy-x",
    Outcome.FAILED: "circle-alert",
}
LABELS = {
    Outcome.UNCHANGED: gettext_lazy("Already right"),
    Outcome.SKIPPED: gettext_lazy("Skipped"),
    Outcome.CONFLICT: gettext_lazy("Conflict"),
    Outcome.FAILED: gettext_lazy("Failed"),
}
RARE = (Outcome.SKIPPED, Outcome.CONFLICT)
"""Shown only where there are some."""


@dataclass(frozen=True)
class Part:
    """One colour of the three-part bar."""

    name: str
    x: float
    width: float


@dataclass(frozen=True)
class Counter:
    name: str
    label: str
    count: int
    icon: str
    is_hidden: bool


@dataclass(frozen=True)
class Banner:
    tone: str
    """good, info, warn or bad"""
    icon: str
    text: str


def bar(job: Job) -> list[Part]:
    widths = {
        "changed": job.changed,
        "unchanged": job.unchanged + job.skipped,
        "failed": job.errors,
    }
    parts, x = [], 0.0
    for name, count in widths.items():
        width = round(BAR_WIDTH * count / job.total, 2) if job.total else 0.0
        parts.append(Part(name, round(x, 2), width))
        x += width
    return parts


def outcome_label(job: Job, outcome: str) -> str:
    if outcome == Outcome.CHANGED:
        return _("Would change") if job.dry_run else capfirst(job.changed_word)
    return str(LABELS[Outcome(outcome)])


def counters(job: Job) -> list[Counter]:
    return [
        Counter(
            name=outcome.value,
            label=outcome_label(job, outcome),
            count=count,
            icon=ICONS[outcome],
            is_hidden=outcome in RARE and not count,
        )
        for outcome in Outcome
        for count in [job.outcomes[outcome.value]]
    ]


def preview_counters(job: Job) -> list[Counter]:
    """The four kinds of items of a preview, by which its page can be filtered."""
    is_plain = job.changed_word == str(Outcome.CHANGED.label)
    would = _("Will change") if is_plain else _("Will be %s") % job.changed_word
    return [
        Counter("changed", would, job.changed, "circle-check", is_hidden=False),
        Counter("unchanged", _("Already right"), job.unchanged, "circle-minus", is_hidden=False),
        Counter("conflict", _("Conflict"), job.conflict, "copy-x", is_hidden=False),
        Counter("cannot", _("Cannot"), job.failed + job.skipped, "circle-alert", is_hidden=False),
    ]


def calls(job: Job) -> dict[str, str]:
    """What the button says that does it: for one file, and for more; “{count}” is their number."""
    return {"one": job.call % _("{count} file"), "other": job.call % _("{count} files")}


def call(job: Job, count: int) -> str:
    form = calls(job)["one" if count == 1 else "other"]
    return form.replace("{count}", number_format(count))


def status(job: Job) -> str:
    """The status's key in the words of pages: `stopping` comes to those of the contract."""
    return "stopping" if job.cancelling and not job.is_finished else job.status


def status_label(job: Job) -> str:
    return _("Stopping") if status(job) == "stopping" else str(job.get_status_display())


def tone(job: Job) -> str:
    if job.status == Job.Status.FAILED or _all_failed(job):
        return "bad"
    if job.status == Job.Status.COMPLETED:
        return "warn" if job.errors else "good"
    return "info" if job.status == Job.Status.PROCESSING else "quiet"


def elapsed(job: Job) -> timedelta | None:
    """How long it has been running, or ran."""
    if job.started_at is None:
        return None
    return (job.finished_at or now()) - job.started_at


def summary(job: Job) -> str:
    """Such as “482 changed, 760 already right, 42 failed”; "" before the first result."""
    words = {
        "changed": _("%s would change") if job.dry_run else f"%s {job.changed_word}",
        "unchanged": _("%s already right"),
        "skipped": _("%s skipped"),
        "conflict": ngettext("%s conflict", "%s conflicts", job.conflict),
        "failed": _("%s failed"),
    }
    counts = job.outcomes
    return ", ".join(words[name] % number_format(counts[name]) for name in words if counts[name])


def banner(job: Job) -> Banner | None:
    """What the page says at its top; None while the job simply runs."""
    if job.status == Job.Status.FAILED:
        text = job.error or _("No reason was given.")
        return Banner("bad", "triangle-alert", _("Stopped: the job could not go on. %s") % text)
    if job.status == Job.Status.CANCELLED:
        return Banner("info", "circle-stop", _cancelled(job))
    if job.status == Job.Status.COMPLETED:
        return None if job.is_previewed and not _all_failed(job) else _completed(job)
    if job.cancelling:
        text = _("Stopping. The comic being worked on is finished first.")
        return Banner("info", "circle-stop", text)
    if job.status == Job.Status.PAUSED:
        text = _("Paused. What is done stays done; nothing more is begun until you resume it.")
        return Banner("info", "circle-pause", text)
    if job.status == Job.Status.QUEUED:
        return Banner("info", "clock", _("Waiting for its turn. You may close this page."))
    return None


def _all_failed(job: Job) -> bool:
    return job.status == Job.Status.COMPLETED and 0 < job.total == job.errors


def _cancelled(job: Job) -> str:
    if not job.processed:
        return _("Cancelled before anything was done.")
    done = number_format(job.processed), number_format(job.total)
    text = _("Cancelled after %s of %s. What is done stays done; the rest was left as it is.")
    return text % done


def _completed(job: Job) -> Banner:
    if _all_failed(job):
        if job.total == 1:
            return Banner("bad", "triangle-alert", _("Stopped: it could not be processed."))
        text = _("Stopped: none of %s could be processed.") % number_format(job.total)
        return Banner("bad", "triangle-alert", text)
    # Not within an f-string: makemessages would not see it.
    text = _("Finished. %s.") % (summary(job) or _("There was nothing to do"))
    if job.errors:
        return Banner("warn", "triangle-alert", text)
    return Banner("good", "circle-check", text)
