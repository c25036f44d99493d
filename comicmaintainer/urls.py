from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("library.urls")),
    path("", include("comicmaintainer.pages")),
    path("jobs/", include("jobs.urls")),
    path("api/", include("comicmaintainer.api")),
    path("admin/", admin.site.urls),
]
