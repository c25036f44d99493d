"""Everybody's own account: colours, password and API tokens; and what this server is."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from comicmaintainer import __version__, accounts
from comicmaintainer.accounts import owner
from comicmaintainer.forms import ChangePasswordForm, ChoosePasswordForm, TokenForm
from comicmaintainer.models import ApiToken
from library.rar_readers import working_readers


class ChoosePassword(PasswordResetConfirmView):
    """Behind an address that an administrator hands out; it works once."""

    form_class = ChoosePasswordForm
    template_name = "account/choose_password.html"
    post_reset_login = True
    post_reset_login_backend = "comicmaintainer.authentication.Backend"
    success_url = reverse_lazy("library")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """POST changes the password, which ends the person's other sessions."""
    form = ChangePasswordForm(owner(request), request.POST or None)
    if form.is_valid():
        user = form.save()
        update_session_auth_hash(request, user)
        accounts.sign_out_everywhere(user, except_session=request.session.session_key)
        messages.success(request, _("Your password is changed. Other devices are signed out."))
        return redirect("account")
    return render(request, "account/account.html", {"form": form})


@require_POST
def sign_out_elsewhere(request: HttpRequest) -> HttpResponse:
    accounts.sign_out_everywhere(owner(request), except_session=request.session.session_key)
    messages.success(request, _("Your other devices and browsers are signed out."))
    return redirect("account")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """POST makes a token; its key stands on the page that answers, and nowhere ever after."""
    form = TokenForm(request.POST or None)
    context: dict[str, Any] = {}
    if form.is_valid():
        context = {"key": form.issue(owner(request)), "name": form.cleaned_data["name"]}
        form = TokenForm()
    mine = ApiToken.objects.filter(user=owner(request)).order_by("-created_at", "-pk")
    return render(request, "account/tokens.html", {**context, "form": form, "tokens": mine})


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=pk, user=owner(request))
    token.delete()
    messages.success(request, _("“%s” is revoked. Whoever uses it is signed out.") % token)
    return redirect("tokens")


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    context = {
        "version": __version__,
        "data_folder": settings.DATA_DIR,
        "readers": working_readers(),
    }
    return render(request, "account/about.html", context)
