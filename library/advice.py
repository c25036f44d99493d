"""What a person can do about a comic that is not as it should be."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from library.models import Comic

MISSING: Any = _(
    "If it was moved or renamed outside, the next scan finds it there. If it was moved to the "
    "trash, undo that in its history below."
)
_OF_VERDICT: dict[str, Any] = {
    Comic.Verdict.DAMAGED: _(
        "It is left as it is. Bring it back from a copy; Verify says whether that one is sound."
    ),
    Comic.Verdict.ENCRYPTED: _(
        "It is left as it is. Pack it anew without a password to have it kept in order."
    ),
    Comic.Verdict.REFUSED: _("It is left alone. Only trust it if you know where it came from."),
    Comic.Verdict.NOT_A_COMIC: _("It is left as it is. It may not belong in this folder."),
    Comic.Verdict.UNREAD: _("It is left as it is. The next scan looks at it again."),
    Comic.Verdict.WARN: _("It can be read, and is kept in order like any other."),
}
_OF_STATE: dict[str, Any] = {
    Comic.State.NEEDS_WORK: _("Process puts that right. Preview shows how, and changes nothing."),
    Comic.State.DUPLICATE: _("Keep the better one, and move the other one to the trash."),
}


def advice(comic: Comic) -> str:
    """ "" where all is well."""
    if not comic.present:
        return str(MISSING)
    if comic.verdict != Comic.Verdict.OK and comic.verdict_reason:
        return str(_OF_VERDICT.get(comic.verdict, ""))
    return str(_OF_STATE.get(comic.state, ""))
