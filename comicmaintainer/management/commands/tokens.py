from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from comicmaintainer.models import ApiToken
from jobs.command_line import ActionCommand, CommandError


class Command(ActionCommand):
    help = "Lists API tokens, and revokes them. `createtoken` makes one."

    def add_actions(self, add: Callable[[str, str], ArgumentParser]) -> None:
        listing = add("list", "who has which; their keys are nowhere kept")
        listing.add_argument("--user", metavar="NAME", help="only of this user")
        revoking = add("revoke", "makes tokens void at once")
        revoking.add_argument("tokens", metavar="ID", type=int, nargs="+")

    def do_list(self, *, user: str | None, **_: Any) -> None:
        tokens = ApiToken.objects.select_related("user").order_by("pk")
        if user is not None:
            tokens = tokens.filter(user__username=user)
        self.tell_each(map(shown, tokens), in_words, none="There is no token.")

    def do_revoke(self, *, tokens: list[int], **_: Any) -> None:
        found = {token.pk: token for token in ApiToken.objects.filter(pk__in=tokens)}
        if unknown := [pk for pk in tokens if pk not in found]:
            raise CommandError(f"There is no token {unknown[0]}.")
        for token in found.values():
            told = {**shown(token), "revoked": True}
            token.delete()
            self.tell(told, f"Revoked: {in_words(told)}")


def shown(token: ApiToken) -> dict[str, Any]:
    return {
        "id": token.pk,
        "user": token.user.username,
        "name": token.name,
        "scope": token.scope,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
    }


def in_words(token: Any) -> str:
    facts = {"until": token["expires_at"], "last used": token["last_used_at"]}
    known = [f"{word} {when:%Y-%m-%d}" for word, when in facts.items() if when]
    name = token["name"] or "without a name"
    return "  ".join([f"{token['id']}", token["user"], name, token["scope"], *known])
