"""API tokens in the admin site: to see who has one, and to revoke it by deleting it.

Accounts are kept on the page of people alone, which knows roles and the last administrator.
"""

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest

from comicmaintainer.models import ApiToken
from comicmaintainer.webhooks import admin as webhooks_admin

__all__ = ["ApiTokenAdmin", "webhooks_admin"]

admin.site.unregister([Group, User])


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["__str__", "user", "scope", "created_at", "expires_at", "last_used_at"]
    list_select_related = ["user"]
    fields = ["name", "user", "scope", "created_at", "expires_at", "last_used_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False
