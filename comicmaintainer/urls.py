from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView

from comicmaintainer.health import health, live, ready
from comicmaintainer.metrics import metrics

to_sign_in = login_not_required(RedirectView.as_view(pattern_name="login", query_string=True))

urlpatterns = [
    path("", include("library.urls")),
    path("", include("comicmaintainer.pages")),
    path("jobs/", include("jobs.urls")),
    path("health", health, name="health"),
    path("health/live", live, name="health-live"),
    path("health/ready", ready, name="health-ready"),
    path("metrics", metrics, name="metrics"),
    path("api/", include("comicmaintainer.api")),
    # One way in, with its limit on attempts.
    path("admin/login/", to_sign_in),
    path("admin/", admin.site.urls),
]
