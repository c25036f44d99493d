from django.apps import AppConfig


class ComicMaintainerConfig(AppConfig):
    name = "comicmaintainer"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from comicmaintainer.webhooks import sending
        from comicmaintainer.webhooks.models import Webhook
        from jobs.listeners import listener
        from jobs.operations import chore, tick

        listener(Webhook.objects.tell)
        tick(sending.send_due)
        chore(sending.forget_old)
