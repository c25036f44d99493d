from django.contrib import admin
from django.urls import include, path

from comicmaintainer.health import health

urlpatterns = [
    path("", include("library.urls")),
    path("", include("comicmaintainer.pages")),
    path("jobs/", include("jobs.urls")),
    path("health", health, name="health"),
    path("api/", include("comicmaintainer.api")),
    path("admin/", admin.site.urls),
]
