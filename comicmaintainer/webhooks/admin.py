"""Webhooks in the admin site: to add and try them, and to see what became of each delivery."""

from contextlib import suppress
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from comicmaintainer.webhooks.models import TEST, Delivery, Happening, Webhook
from comicmaintainer.webhooks.targets import Refused, Unknown, addresses_of, check_url


class WebhookForm(forms.ModelForm):  # type: ignore[type-arg]
    events = forms.MultipleChoiceField(
        choices=Happening.choices, widget=forms.CheckboxSelectMultiple, initial=Happening.values
    )

    class Meta:
        model = Webhook
        fields = ["name", "url", "events", "is_active", "secret"]

    def clean_url(self) -> str:
        """A name that has no address now may have one later; a private one is refused now."""
        url: str = self.cleaned_data["url"]
        try:
            with suppress(Unknown):
                addresses_of(check_url(url))
        except Refused as refused:
            raise ValidationError(str(refused)) from refused
        return url


@admin.register(Webhook)
class WebhookAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = WebhookForm
    list_display = ["name", "url", "events_shown", "is_active", "deliveries_shown"]
    actions = ["test"]

    @admin.display(description=gettext_lazy("events"))
    def events_shown(self, webhook: Webhook) -> str:
        return ", ".join(webhook.events)

    @admin.display(description=gettext_lazy("deliveries"))
    def deliveries_shown(self, webhook: Webhook) -> str:
        url = reverse("admin:comicmaintainer_delivery_changelist")
        link = '<a href="{}?webhook__id__exact={}">{}</a>'
        return format_html(link, url, webhook.pk, _("Deliveries"))

    @admin.action(description=gettext_lazy("Send a test"), permissions=["change"])
    def test(self, request: HttpRequest, webhooks: QuerySet[Webhook]) -> None:
        for webhook in webhooks:
            webhook.delivery(TEST, {"webhook": webhook.name}).save(force_insert=True)
        text = _("On its way, as soon as a worker runs. Its delivery says what became of it.")
        self.message_user(request, text, messages.SUCCESS)


@admin.register(Delivery)
class DeliveryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["__str__", "webhook", "status", "tries", "last_answer", "next_at", "created_at"]
    list_filter = ["status", "event", "webhook"]
    list_select_related = ["webhook"]
    fields = [
        "webhook",
        "event",
        "status",
        "message_id",
        "created_at",
        "next_at",
        "attempts_shown",
        "body_shown",
    ]
    ordering = ["-created_at"]
    show_full_result_count = False
    actions = ["redeliver"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        return False

    def has_redeliver_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("comicmaintainer.change_webhook")

    @admin.display(description=gettext_lazy("last answer"))
    def last_answer(self, delivery: Delivery) -> str:
        return _in_words(delivery.attempts[-1]) if delivery.attempts else ""

    @admin.display(description=gettext_lazy("attempts"))
    def attempts_shown(self, delivery: Delivery) -> str:
        rows = ((each["at"], _in_words(each), each["ms"]) for each in delivery.attempts)
        return format_html_join("", "<div>{}: {} ({} ms)</div>", rows)

    @admin.display(description=gettext_lazy("what is sent"))
    def body_shown(self, delivery: Delivery) -> str:
        return format_html("<pre>{}</pre>", delivery.body)

    @admin.action(description=gettext_lazy("Deliver again"), permissions=["redeliver"])
    def redeliver(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        again = [delivery.redeliver() for delivery in deliveries.select_related("webhook")]
        text = ngettext("%d is on its way again.", "%d are on their way again.", len(again))
        self.message_user(request, text % len(again), messages.SUCCESS)


def _in_words(attempt: dict[str, Any]) -> str:
    parts = [f"HTTP {attempt['status']}" if attempt["status"] else "", attempt["message"]]
    return " ".join(part for part in parts if part)[:200]
