from django.urls import path

from library import operation_page, views

urlpatterns = [
    path("", views.comics, name="library"),
    path("process/", views.process, name="process"),
    path("operations/", operation_page.offer, name="operations"),
    path("operations/<str:name>/", operation_page.start, name="operation-start"),
    path("scan/", views.scan, name="scan"),
    path("settings/", views.settings, name="settings"),
    path("settings/libraries/<int:pk>/", views.rules, name="library-rules"),
    path("settings/libraries/<int:pk>/scan/", views.scan_library, name="library-scan"),
    path("settings/libraries/<int:pk>/remove/", views.remove, name="library-remove"),
]
