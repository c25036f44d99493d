from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.utils.timezone import now

from comicmaintainer.models import ApiToken
from jobs.command_line import CommandError

MOST_DAYS = 3650


class Command(BaseCommand):
    help = "Makes an API token and prints its key, this once: only a hash of it is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="what it is for")
        parser.add_argument("--scope", choices=ApiToken.Scope.values, default="write")
        parser.add_argument("--expires", type=int, metavar="DAYS", help="never, if not given")

    def handle(
        self, *, username: str, name: str, scope: str, expires: int | None, **options: Any
    ) -> None:
        user = get_user_model().objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no user “{username}”.")
        if not user.is_active:
            raise CommandError(f"The user “{username}” may not sign in.")
        if len(name) > 100:
            raise CommandError("The name may have at most 100 letters.")
        if expires is not None and not 1 <= expires <= MOST_DAYS:
            raise CommandError(f"It may last from 1 to {MOST_DAYS} days.")
        expires_at = now() + timedelta(days=expires) if expires else None
        key = ApiToken.objects.issue(user, name, scope=scope, expires_at=expires_at)
        self.stdout.write(key)
