from django.apps import AppConfig


class ComicMaintainerConfig(AppConfig):
    name = "comicmaintainer"
    default_auto_field = "django.db.models.BigAutoField"
