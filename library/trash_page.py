"""The page of what lies in the trash, from which it can be restored, or deleted for good."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from library.filters import numbers
from library.history_page import preview_of
from library.models import TrashedFile
from library.purging import delete

PAGE_SIZE = 100


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    trashed = TrashedFile.objects.select_related("library", "change").defer("change__patch")
    size = Sum("size_bytes", default=0)
    before = numbers([request.GET.get("before", "")])
    if before:
        trashed = trashed.filter(pk__lt=before[0])
    found = list(trashed.order_by("-pk")[: PAGE_SIZE + 1])
    context = {
        "rows": [(each, until(each)) for each in found[:PAGE_SIZE]],
        "last": found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None,
        "is_first": not before,
        "totals": TrashedFile.objects.aggregate(count=Count("pk"), size_bytes=size),
        "days": settings.TRASH_DAYS,
    }
    return render(request, "library/trash.html", context)


@require_POST
def restore(request: HttpRequest) -> HttpResponse:
    """On to a preview of restoring the ticked files."""
    return preview_of(request, "restore", "trashed", request.POST.getlist("tick"), "trash")


@require_POST
def delete_now(request: HttpRequest) -> HttpResponse:
    """Asks first; with `sure` the ticked files are deleted."""
    ids = numbers(map(str, request.POST.getlist("tick")))
    trashed = TrashedFile.objects.filter(pk__in=ids).select_related("library")
    if not trashed:
        messages.error(request, _("Tick at least one row first."))
        return redirect("trash")
    if "sure" not in request.POST:
        size_bytes = sum(each.size_bytes for each in trashed)
        context = {"trashed": trashed, "size_bytes": size_bytes}
        return render(request, "library/trash_delete.html", context)
    wanted, deleted = len(trashed), delete(trashed)
    if deleted:
        text = ngettext("%d file was deleted.", "%d files were deleted.", deleted)
        messages.success(request, text % deleted)
    if left := wanted - deleted:
        text = ngettext(
            "%d file is still there: it is in use, or its folder cannot be reached.",
            "%d files are still there: they are in use, or their folder cannot be reached.",
            left,
        )
        messages.error(request, text % left)
    return redirect("trash")


def until(trashed: TrashedFile) -> datetime:
    """When its time is over."""
    return trashed.trashed_at + timedelta(days=settings.TRASH_DAYS)
