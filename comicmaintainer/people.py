"""Settings, People: who may sign in, and with which role. For administrators alone."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from comicmaintainer import accounts
from comicmaintainer.forms import PersonForm, RoleForm
from comicmaintainer.models import ApiToken
from comicmaintainer.roles import role_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """POST adds one, and shows the address at which that person chooses a password."""
    form = PersonForm(request.POST or None)
    if form.is_valid():
        user = accounts.add(form.cleaned_data["username"], form.cleaned_data["role"])
        return _show(request, PersonForm(), invited=user)
    return _show(request, form)


def _show(request: HttpRequest, form: PersonForm, invited: User | None = None) -> HttpResponse:
    users = User.objects.select_related("account").prefetch_related("api_tokens")
    rows = [
        (user, RoleForm(initial={"role": role_of(user)}, auto_id=f"id_%s_{user.pk}"))
        for user in users.order_by("username")
    ]
    context = {"form": form, "rows": rows, "invited": invited}
    if invited:
        context["address"] = request.build_absolute_uri(accounts.password_path(invited))
    return render(request, "users/people.html", context)


@never_cache
@require_POST
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """A new address at which the person chooses a password."""
    return _show(request, PersonForm(), invited=_active(pk))


@require_POST
def change_role(request: HttpRequest, pk: int) -> HttpResponse:
    user = _active(pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("There is no such role."))
        return redirect("people")
    try:
        accounts.change_role(user, form.cleaned_data["role"])
    except accounts.LastAdministrator as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The role of “%s” is changed.") % user)
    return redirect("people")


@require_POST
def act(request: HttpRequest, pk: int, do: Callable[[User], None], done: str) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    try:
        do(user)
    except accounts.LastAdministrator as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done % user)
    return redirect("people")


def revoke_tokens(user: User) -> None:
    ApiToken.objects.filter(user=user).delete()


def _active(pk: int) -> User:
    return get_object_or_404(User, pk=pk, is_active=True)
