"""Signing in, the first start, and colours."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from comicmaintainer import accounts, first_run, roles
from comicmaintainer.forms import LayoutForm, SetUpForm, SignInForm, ThemeForm
from comicmaintainer.models import Account, Role
from library import registering
from library.forms import FolderForm
from library.models import Library

YEAR_SECONDS = 365 * 24 * 3600


class SignIn(LoginView):
    form_class = SignInForm
    template_name = "registration/login.html"
    redirect_authenticated_user = True


def locked(request: HttpRequest, *args: Any) -> HttpResponse:
    """Instead of the sign-in page, for one who has tried a name too often."""
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    response = render(request, "registration/locked.html", {"minutes": seconds // 60}, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def welcome(request: HttpRequest) -> HttpResponse:
    """First the account, then the folder, which is up to an administrator; then the library."""
    if not first_run.is_done():
        return _account(request)
    if not request.user.is_authenticated:
        return redirect("login")
    if Library.objects.exists() or not roles.has(request.user, Role.ADMIN):
        return redirect("library")
    return _folder(request)


def _account(request: HttpRequest) -> HttpResponse:
    form = SetUpForm(request.POST or None)
    if form.is_valid():
        try:
            user = form.save()
        except ValidationError as error:
            messages.error(request, error.message)
            return redirect("login")
        login(request, user, backend="comicmaintainer.authentication.Backend")
        _tell_of_library(request)
        return redirect("welcome")
    return render(request, "welcome/account.html", {"form": form})


def _tell_of_library(request: HttpRequest) -> None:
    names = ", ".join(f"{library.name} ({library.path})" for library in Library.objects.all()[:3])
    if names:
        text = _(
            "Your account is made. Your library is set up already: %s. "
            "No file is changed until you ask for it."
        )
        messages.success(request, text % names)


def _folder(request: HttpRequest) -> HttpResponse:
    if "samples" in request.POST and (job := registering.register_samples(request.user)):
        return redirect("job", job.pk)
    form = FolderForm(request.POST or None)
    if form.is_valid() and (job := form.save(user=request.user)):
        return redirect("job", job.pk)
    has_samples = registering.samples_folder() is not None
    return render(request, "welcome/folder.html", {"form": form, "has_samples": has_samples})


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Of the account, and in a cookie for the sign-in page."""
    form = ThemeForm(request.POST)
    if form.is_valid():
        Account.objects.update_or_create(user=accounts.owner(request), defaults=form.cleaned_data)
    return _keep(request, "theme", form)


@require_POST
def layout(request: HttpRequest) -> HttpResponse:
    """Of the library: a list or covers."""
    return _keep(request, "layout", LayoutForm(request.POST))


def _keep(request: HttpRequest, name: str, form: Form) -> HttpResponse:
    """A choice of this browser's, in a cookie."""
    if not form.is_valid():
        return HttpResponseBadRequest(_("There is no such choice."))
    response = redirect(_way_back(request))
    response.set_cookie(
        name,
        form.cleaned_data[name],
        max_age=YEAR_SECONDS,
        path=settings.SESSION_COOKIE_PATH,
        samesite="Lax",
        httponly=True,
    )
    return response


def _way_back(request: HttpRequest) -> str:
    """The page that the form was on, if it is one of ours."""
    back = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(
        back, {request.get_host()}, require_https=request.is_secure()
    )
    return back if ours else reverse("library")
