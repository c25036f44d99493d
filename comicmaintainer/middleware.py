"""Headers for every answer, the way to the welcome page while nobody can sign in, and roles."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from comicmaintainer import first_run as setup
from comicmaintainer import roles as who

GetResponse = Callable[[HttpRequest], HttpResponse]

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)


FOR_MONITORS = ("health", "health-live", "health-ready", "metrics")


def security_headers(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response

    return middleware


def first_run(get_response: GetResponse) -> GetResponse:
    """Until an administrator exists every page leads to the welcome page, and the API is shut."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # The API and what monitors read answer for themselves, also without a database.
        if request.path in map(reverse, ("welcome", *FOR_MONITORS)):
            return get_response(request)
        if request.path_info.startswith("/api/") or setup.is_done():
            return get_response(request)
        return redirect("welcome")

    return middleware


def roles(get_response: GetResponse) -> GetResponse:
    """For pages; the API does the same in comicmaintainer.roles.RolePermission."""

    def middleware(request: HttpRequest) -> HttpResponse:
        path = request.path_info
        is_for_us = request.user.is_authenticated and not path.startswith("/api/")
        if is_for_us and not who.may(request.user, request.method or "", path):
            raise PermissionDenied
        return get_response(request)

    return middleware
