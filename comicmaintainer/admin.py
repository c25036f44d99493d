"""API tokens in the admin site: to see who has one, and to revoke it by deleting it."""

from django.contrib import admin
from django.http import HttpRequest

from comicmaintainer.models import ApiToken
from comicmaintainer.webhooks import admin as webhooks_admin

__all__ = ["ApiTokenAdmin", "webhooks_admin"]


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["__str__", "user", "created_at"]
    list_select_related = ["user"]
    fields = ["name", "user", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False
