from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

from comicmaintainer.models import ApiToken
from jobs.command_line import CommandError


class Command(BaseCommand):
    help = "Makes an API token and prints its key, this once: only a hash of it is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="what it is for")

    def handle(self, *, username: str, name: str, **options: Any) -> None:
        user = get_user_model().objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no user “{username}”.")
        if not user.is_active:
            raise CommandError(f"The user “{username}” may not sign in.")
        if len(name) > 100:
            raise CommandError("The name may have at most 100 letters.")
        self.stdout.write(ApiToken.objects.issue(user, name))
