"""Normalise: the half of `process` that concerns the tags."""

from django.utils.translation import gettext_lazy as _

from jobs.operations import register
from library.comic_operation import ComicOperation
from library.operations.process import TagRules


@register
class Normalize(ComicOperation):
    name = "normalize"
    label = _("Normalise tags")
    call = _("Normalise %s")
    summary = _("Puts the tags in order and fills gaps from the names. Renames nothing.")
    form = TagRules
    work = "library.work.process"
    fixed_options = {"names": False}
