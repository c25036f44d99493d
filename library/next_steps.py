"""What to do about a comic that could not be worked on, by what its item says."""

import re
from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_STEPS: Sequence[tuple[str, Promise]] = (
    (r"No [\w ]+ found in ComicInfo\.xml", _("Fill it in with “Edit tags”, then retry.")),
    (r"“.+” exists already|Another comic would get the name", _(
        "Rename one of the two, or take a template that tells them apart."
    )),
    (r"protected by a password", _("Unpack it with its password, and pack it again without.")),
    (r"[Ii]nstall ", _("Retry when that is installed.")),
    (r"may not|[Pp]ermission|not allowed", _("Check the owner and mode of file and folder.")),
    (r"read-only", _("Mount the folder so that it can be written, then retry.")),
    (r"[Nn]o (room|space)|is full", _("Make room on that disk, then retry.")),
    (r"no longer there|no longer in the library|is gone", _(
        "Scan the library to bring the list up to date."
    )),
    (r"since the preview", _("Make the preview again to see what would become of it now.")),
    (r"changed (by someone else|since)|changed meanwhile", _("Look at the file, then retry.")),
    (r"later change of this comic", _("Undo that one too; the history of the comic lists it.")),
    (r"more than|too large|too long|suspicious|two names|two ends|two archives|overlap|"
     r"points out of", _(
        "Where you trust the file, unpack it and pack it anew with another program."
    )),
    (r"damaged|cut off|ends too early|is empty|only zeros|is missing|did not read back|disagree|"
     r"could be read|should be|longer than|shorter than|where it should|follows the", _(
        "Replace it by a sound copy. “Verify” tells whether that one is."
    )),
    (r"no page images|not a comic", _("Remove it from the library’s folder if it is no comic.")),
    (r"not valid UTF-8", _("Rename the file or its folder by hand, then scan.")),
    (r"takes no tags|cannot be written|convert", _("Convert it to .cbz first.")),
)  # fmt: skip


def next_step(message: str) -> str:
    """The next step, in a sentence; "" where there is nothing to say."""
    found = (text for pattern, text in _STEPS if re.search(pattern, message))
    return str(next(found, ""))
