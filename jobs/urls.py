from django.urls import path

from jobs import lifecycle, views

urlpatterns = [
    path("", views.activity, name="activity"),
    path("<uuid:pk>/", views.detail, name="job"),
    path("<uuid:pk>/results.csv", views.results_csv, name="job-csv"),
    path("<uuid:pk>/cancel/", views.change, {"move": lifecycle.cancel}, name="job-cancel"),
    path("<uuid:pk>/pause/", views.change, {"move": lifecycle.pause}, name="job-pause"),
    path("<uuid:pk>/resume/", views.change, {"move": lifecycle.resume}, name="job-resume"),
    path("<uuid:pk>/dismiss/", views.change, {"move": lifecycle.dismiss}, name="job-dismiss"),
    path("<uuid:pk>/retry/", views.retry, name="job-retry"),
]
