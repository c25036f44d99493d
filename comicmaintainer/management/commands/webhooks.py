from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError

from comicmaintainer.webhooks.admin import WebhookForm
from comicmaintainer.webhooks.models import TEST, Delivery, Happening, Webhook
from comicmaintainer.webhooks.signing import make_secret
from jobs.command_line import ActionCommand, CommandError, add_limit


class Command(ActionCommand):
    help = "Lists webhooks, adds, tries and removes them; lists deliveries and makes them again."

    def add_actions(self, add: Callable[[str, str], ArgumentParser]) -> None:
        add("list", "all webhooks; their secrets are told once, when they are added")
        adding = add("add", "a new webhook; prints its secret")
        adding.add_argument("name")
        adding.add_argument("url")
        adding.add_argument(
            "--event", choices=Happening.values, action="append", dest="events", help="default: all"
        )
        for name, help in {
            "test": "sends it a test",
            "on": "has it told of events",
            "off": "has it told of nothing",
            "remove": "forgets it with its deliveries",
        }.items():
            add(name, help).add_argument("name")
        listing = add("deliveries", "the newest first")
        listing.add_argument("--status", choices=Delivery.Status.values)
        add_limit(listing)
        again = add("redeliver", "makes deliveries once more")
        again.add_argument("deliveries", metavar="ID", nargs="+")

    def do_list(self, **_: Any) -> None:
        self.tell_each(map(shown, Webhook.objects.all()), in_words, none="There is no webhook.")

    def do_add(self, *, name: str, url: str, events: list[str] | None, **_: Any) -> None:
        values = {"name": name, "url": url, "events": events or Happening.values}
        form = WebhookForm({**values, "is_active": True, "secret": make_secret()})
        if not form.is_valid():
            raise ValidationError([f"{k}: {t}" for k, ts in form.errors.items() for t in ts])
        webhook: Webhook = form.save()
        told = shown(webhook) | {"secret": webhook.secret}
        self.tell(told, f"{in_words(told)}  {webhook.secret}")

    def do_test(self, *, name: str, **_: Any) -> None:
        webhook = webhook_of(name)
        delivery = webhook.delivery(TEST, {"webhook": webhook.name})
        delivery.save(force_insert=True)
        self.tell(told_of(delivery), line_of(told_of(delivery)))

    def do_on(self, *, name: str, **_: Any) -> None:
        self._switch(name, is_active=True)

    def do_off(self, *, name: str, **_: Any) -> None:
        self._switch(name, is_active=False)

    def _switch(self, name: str, *, is_active: bool) -> None:
        webhook = webhook_of(name)
        webhook.is_active = is_active
        webhook.save(update_fields=["is_active"])
        self.tell(shown(webhook), in_words(shown(webhook)))

    def do_remove(self, *, name: str, **_: Any) -> None:
        webhook = webhook_of(name)
        told = {**shown(webhook), "removed": True}
        webhook.delete()
        self.tell(told, f"Removed: {in_words(told)}")

    def do_deliveries(self, *, status: str | None, limit: int, **_: Any) -> None:
        found = Delivery.objects.select_related("webhook").order_by("-created_at")
        found = found.filter(status=status) if status else found
        told = map(told_of, found[: max(0, limit)])
        self.tell_each(told, line_of, none="There is no such delivery.")

    def do_redeliver(self, *, deliveries: list[str], **_: Any) -> None:
        known = Delivery.objects.select_related("webhook")
        try:
            found = {str(each.pk): each for each in known.filter(pk__in=deliveries)}
        except ValidationError as error:
            raise CommandError("Give ids of deliveries.") from error
        if unknown := [each for each in deliveries if each not in found]:
            raise CommandError(f"There is no delivery {unknown[0]}.")
        for delivery in found.values():
            told = told_of(delivery.redeliver())
            self.tell(told, line_of(told))


def webhook_of(name: str) -> Webhook:
    """Raises CommandError."""
    webhook = Webhook.objects.filter(name=name).first()
    if webhook is None:
        raise CommandError(f"There is no webhook “{name}”.")
    return webhook


def shown(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.pk,
        "name": webhook.name,
        "url": webhook.url,
        "events": webhook.events,
        "is_active": webhook.is_active,
    }


def in_words(webhook: Any) -> str:
    state = "" if webhook["is_active"] else "  (off)"
    return f"{webhook['name']}  {webhook['url']}  {', '.join(webhook['events'])}{state}"


def told_of(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": str(delivery.pk),
        "webhook": delivery.webhook.name,
        "event": delivery.event,
        "status": delivery.status,
        "tries": delivery.tries,
        "next_at": delivery.next_at,
        "attempts": delivery.attempts,
        "created_at": delivery.created_at,
    }


def line_of(delivery: Any) -> str:
    status = Delivery.Status(delivery["status"]).label
    return f"{delivery['id']}  {delivery['webhook']}  {delivery['event']}  {status}"
