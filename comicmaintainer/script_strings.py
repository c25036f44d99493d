"""What scripts say: one JSON block in every page, so that gettext finds it all."""

from typing import Any

from django.utils.translation import gettext as _

from jobs import operations


def strings() -> dict[str, Any]:
    """Words in braces are filled in by the script; `one` and `other` are chosen by number."""
    return {
        "operations": {each.name: str(each.label) for each in operations.registered()},
        "status": {
            "queued": _("Waiting"),
            "processing": _("Running"),
            "paused": _("Paused"),
            "stopping": _("Stopping"),
            "completed": _("Finished"),
            "failed": _("Failed"),
            "cancelled": _("Cancelled"),
        },
        "connection": {
            "connecting": _("Connecting…"),
            "live": _("Live updates on"),
            "polling": _("Checking every 5 s"),
            "blocked": _("Checking every 5 s"),
            "unreachable": _("Server not reachable"),
            "signed-out": _("Signed out"),
            "asleep": _("Live updates paused"),
        },
        "notice": {
            "polling": _("Live updates are interrupted. Checking every 5 s. Your job goes on."),
            "blocked": _(
                "Live updates are blocked (a proxy may be buffering). Checking every 5 s. "
                "Your job goes on."
            ),
            "unreachable": _(
                "The server cannot be reached. Numbers below may be old. This page keeps trying."
            ),
            "signed-out": _("You have been signed out. Sign in again to go on."),
        },
        "progress": {
            "of": _("{processed} of {total}"),
            "per_second": _("{rate} per second"),
            "per_minute": _("{rate} per minute"),
            "left": _("about {time} left"),
            "estimating": _("estimating time left"),
            "running": _("running for {time}"),
            "took": _("took {time}"),
            "failed": _("{count} failed"),
            "announced": _("{percent} % done, {processed} of {total}."),
        },
        "duration": {
            "seconds": _("{s} s"),
            "minutes": _("{m} min"),
            "minutes_seconds": _("{m} min {s} s"),
            "hours": _("{h} h {m} min"),
            "milliseconds": _("{ms} ms"),
        },
        "new_results": {
            "one": _("{count} new result. Show"),
            "other": _("{count} new results. Show"),
        },
        "selected": {"one": _("{count} selected"), "other": _("{count} selected")},
        "matches": {"one": _("{count} comic"), "other": _("{count} comics")},
        "just_now": _("just now"),
        "not_loaded": _("The list could not be loaded. Check the connection and try again."),
    }
