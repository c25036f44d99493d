"""Libraries and comics in the admin site. Comics come from scans, so they are only to look at."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from jobs import lifecycle
from library import registering
from library.models import Comic, Library, of_each_library
from library.paging import USUAL, ComicPaginator
from library.rar_readers import working_readers
from library.searching import HasWords, words_in


class NewLibraryForm(forms.ModelForm):  # type: ignore[type-arg]
    name = forms.CharField(
        max_length=100, required=False, help_text=_("Left empty, the folder's name is taken.")
    )

    class Meta:
        model = Library
        fields = ["path", "name", *Library.RULES, "watch"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "path" in cleaned:
            library = registering.draft(cleaned["path"], name=cleaned.get("name", ""))
            cleaned |= {"path": library.path, "name": library.name}
        return cleaned


@admin.register(Library)
class LibraryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "path", "template", "strict", "watch", "comic_count", "scanned_at"]
    fields = ["path", "name", *Library.RULES, "watch", "created_at", "scanned_at"]
    readonly_fields = ["created_at", "scanned_at"]
    show_full_result_count = False
    actions = None
    """Each is removed alone, because that may be refused."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {**(extra_context or {}), "rar_readers": working_readers()}
        return super().changelist_view(request, context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Library]:
        return Library.objects.annotate(comic_count=of_each_library(Count("*"))).order_by("name")

    def view_on_site(self, library: Library) -> str:
        return f"{reverse('library')}?{urlencode({'library': library.pk})}"

    @admin.display(description=_("comics"), ordering="comic_count")
    def comic_count(self, library: Any) -> int:
        count: int = library.comic_count
        return count

    def get_form(
        self, request: HttpRequest, obj: Library | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = NewLibraryForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Library | None = None) -> Any:
        return self.fields if obj else NewLibraryForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Library | None = None) -> Any:
        return ["path", *self.readonly_fields] if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Library, form: Any, change: bool) -> None:
        if change:
            registering.change(obj, **{name: form.cleaned_data[name] for name in form.changed_data})
            return
        super().save_model(request, obj, form, change)
        user = request.user if request.user.is_authenticated else None
        # The scan's job is announced in a transaction of its own.
        transaction.on_commit(lambda: lifecycle.submit("scan", {"library": obj.pk}, user=user))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Only how many comics go; the admin's own way would show a hundred thousand of them."""
        libraries = list(objs)
        comics = Comic.objects.filter(library__in=libraries).count()
        counts = {_("libraries"): len(libraries), _("comics"): comics}
        return [str(library) for library in libraries], counts, set(), []

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except lifecycle.NotAllowed as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect("admin:library_library_changelist")

    def delete_model(self, request: HttpRequest, obj: Library) -> None:
        registering.remove(obj)


class ComicsOfLibraries(ComicPaginator):
    rows = Comic.objects.select_related("library")


@admin.register(Comic)
class ComicAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = [
        "path",
        "library",
        "format",
        "state",
        "verdict",
        "present",
        "series",
        "issue",
        "publisher",
        "year",
    ]
    list_filter = ["library", "state", "verdict", "format", "present", "is_tagged"]
    paginator = ComicsOfLibraries
    search_fields = ["words"]
    search_help_text = _("Beginnings of words in the path and in any tag.")
    ordering = USUAL
    show_full_result_count = False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Comic], search_term: str
    ) -> tuple[QuerySet[Comic], bool]:
        words = words_in(search_term)
        return queryset.filter(HasWords(words)) if words else queryset, False

    def view_on_site(self, comic: Comic) -> str:
        return f"{reverse('library')}?{urlencode({'search': comic.name})}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Comic | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Comic | None = None) -> bool:
        return False
