from functools import partial

from django.urls import path

from jobs import lifecycle, preview_views, sequels, views

PREVIEW = partial(sequels.undo, dry_run=True)

urlpatterns = [
    path("", views.activity, name="activity"),
    path("<uuid:pk>/", views.detail, name="job"),
    path("<uuid:pk>/results.csv", views.results_csv, name="job-csv"),
    path("<uuid:pk>/cancel/", views.change, {"move": lifecycle.cancel}, name="job-cancel"),
    path("<uuid:pk>/pause/", views.change, {"move": lifecycle.pause}, name="job-pause"),
    path("<uuid:pk>/resume/", views.change, {"move": lifecycle.resume}, name="job-resume"),
    path("<uuid:pk>/dismiss/", views.change, {"move": lifecycle.dismiss}, name="job-dismiss"),
    path("<uuid:pk>/retry/", views.follow_up, {"make": sequels.retry}, name="job-retry"),
    path("<uuid:pk>/undo/", views.follow_up, {"make": sequels.undo}, name="job-undo"),
    path("<uuid:pk>/undo/preview/", views.follow_up, {"make": PREVIEW}, name="job-undo-preview"),
    path("<uuid:pk>/repeat/", views.follow_up, {"make": sequels.repeat}, name="job-repeat"),
    path("<uuid:pk>/apply/", preview_views.tick, name="job-apply"),
    path("<uuid:pk>/again/", preview_views.again, name="job-again"),
]
