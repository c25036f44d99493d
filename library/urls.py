from django.urls import path

from library import (
    comic_page,
    duplicate_page,
    history_page,
    operation_page,
    preview_page,
    trash_page,
    views,
)

urlpatterns = [
    path("", views.comics, name="library"),
    path("comics/<int:pk>/", comic_page.comic, name="comic"),
    path("comics/<int:pk>/use/", comic_page.use, name="comic-use"),
    path("comics/<int:pk>/sources/", comic_page.sources, name="comic-sources"),
    path("comics/<int:pk>/changes/<int:change>/undo/", comic_page.undo, name="change-undo"),
    path("process/", views.process, name="process"),
    path("operations/", operation_page.offer, name="operations"),
    path("preview/names/", preview_page.names, name="preview-names"),
    path("preview/<str:name>/", preview_page.page, name="preview"),
    path("history/", history_page.page, name="history"),
    path("history/undo/", history_page.undo, name="history-undo"),
    path("trash/", trash_page.page, name="trash"),
    path("trash/restore/", trash_page.restore, name="trash-restore"),
    path("trash/delete/", trash_page.delete_now, name="trash-delete"),
    path("duplicates/", duplicate_page.duplicates, name="duplicates"),
    path("duplicates/find/", duplicate_page.find, name="find-duplicates"),
    path("duplicates/resolve/", duplicate_page.resolve, name="resolve-duplicates"),
    path("duplicates/<int:pk>/", duplicate_page.decide, name="duplicate"),
    path("scan/", views.scan, name="scan"),
    path("settings/", views.settings, name="settings"),
    path("settings/libraries/<int:pk>/", views.rules, name="library-rules"),
    path("settings/libraries/<int:pk>/names/", views.first_names, name="library-names"),
    path("settings/libraries/<int:pk>/scan/", views.scan_library, name="library-scan"),
    path("settings/libraries/<int:pk>/remove/", views.remove, name="library-remove"),
]
