"""Normalise: the half of `process` that concerns the tags."""

from django.utils.translation import gettext_lazy as _

from jobs.operations import register
from library.operations.process import ByRules, TagRules


@register
class Normalize(ByRules):
    name = "normalize"
    label = _("Normalise tags")
    call = _("Normalise %s")
    summary = _("Puts the tags in order and fills gaps from the names. Renames nothing.")
    form = TagRules
    fixed_options = {"names": False}
