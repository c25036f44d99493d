from django.urls import path

from library import history_page, operation_page, preview_page, trash_page, views

urlpatterns = [
    path("", views.comics, name="library"),
    path("process/", views.process, name="process"),
    path("operations/", operation_page.offer, name="operations"),
    path("preview/names/", preview_page.names, name="preview-names"),
    path("preview/<str:name>/", preview_page.page, name="preview"),
    path("history/", history_page.page, name="history"),
    path("history/undo/", history_page.undo, name="history-undo"),
    path("trash/", trash_page.page, name="trash"),
    path("trash/restore/", trash_page.restore, name="trash-restore"),
    path("trash/delete/", trash_page.delete_now, name="trash-delete"),
    path("scan/", views.scan, name="scan"),
    path("settings/", views.settings, name="settings"),
    path("settings/libraries/<int:pk>/", views.rules, name="library-rules"),
    path("settings/watching/", views.watching, name="watching"),
    path("settings/libraries/<int:pk>/care/", views.care, name="library-care"),
    path("settings/libraries/<int:pk>/scan/", views.scan_library, name="library-scan"),
    path("settings/libraries/<int:pk>/remove/", views.remove, name="library-remove"),
]
