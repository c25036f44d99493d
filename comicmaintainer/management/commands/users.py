import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from comicmaintainer import accounts
from comicmaintainer.forms import PersonForm
from comicmaintainer.models import Role
from comicmaintainer.roles import role_of
from jobs.command_line import ActionCommand, CommandError


class Command(ActionCommand):
    help = "Lists people, makes accounts, and changes roles; `changepassword` sets a password."

    def add_actions(self, add: Callable[[str, str], ArgumentParser]) -> None:
        add("list", "all people with their roles")
        creating = add("create", "makes an account")
        creating.add_argument("username")
        creating.add_argument("--role", choices=Role.values, default=Role.VIEWER)
        creating.add_argument(
            "--password-stdin",
            action="store_true",
            help="takes its password from standard input; without it, prints the path below the "
            "site's address at which its owner chooses one",
        )
        changing = add("role", "gives an account another role")
        changing.add_argument("username")
        changing.add_argument("role", choices=Role.values)
        inviting = add("invite", "prints the path at which a person chooses a new password")
        inviting.add_argument("username")
        add("signout", "ends a person's sessions").add_argument("username")
        add("deactivate", "signs a person out for good").add_argument("username")
        add("activate", "takes that back").add_argument("username")

    def do_list(self, **_: Any) -> None:
        users = User.objects.select_related("account").order_by("username")
        self.tell_each(map(shown, users), in_words, none="There is no account yet.")

    def do_create(self, *, username: str, role: str, password_stdin: bool, **_: Any) -> None:
        form = PersonForm({"username": username, "role": role})
        if not form.is_valid():
            raise ValidationError([text for texts in form.errors.values() for text in texts])
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else ""
        if password_stdin:
            validate_password(password, User(username=username))
        with transaction.atomic():
            user = accounts.add(form.cleaned_data["username"], role)
            if password:
                user.set_password(password)
                user.save(update_fields=["password"])
        path = "" if password else accounts.password_path(user)
        told = shown(user_of(username)) | ({"password_path": path} if path else {})
        where = f"\nA password is chosen, once, at {path}" if path else ""
        for line in f"{in_words(told)}{where}".splitlines()[: 1 if self.as_json else None]:
            self.tell(told, line)

    def do_role(self, *, username: str, role: str, **_: Any) -> None:
        self._act(username, lambda user: accounts.change_role(user, role))

    def do_invite(self, *, username: str, **_: Any) -> None:
        user = user_of(username)
        path = accounts.password_path(user)
        self.tell(shown(user) | {"password_path": path}, path)

    def do_signout(self, *, username: str, **_: Any) -> None:
        self._act(username, accounts.sign_out_everywhere)

    def do_deactivate(self, *, username: str, **_: Any) -> None:
        self._act(username, accounts.deactivate)

    def do_activate(self, *, username: str, **_: Any) -> None:
        self._act(username, accounts.activate)

    def _act(self, username: str, do: Callable[[User], None]) -> None:
        try:
            do(user_of(username))
        except accounts.LastAdministrator as error:
            raise CommandError(str(error)) from error
        told = shown(user_of(username))
        self.tell(told, in_words(told))


def user_of(username: str) -> User:
    """Raises CommandError."""
    user = User.objects.select_related("account").filter(username=username).first()
    if user is None:
        raise CommandError(f"There is no user “{username}”.")
    return user


def shown(user: User) -> dict[str, Any]:
    role = role_of(user)
    return {
        "id": user.pk,
        "username": user.username,
        "role": role.value if role else None,
        "is_active": user.is_active,
        "has_password": user.has_usable_password(),
        "last_login": user.last_login,
    }


def in_words(user: Any) -> str:
    state = user["role"] if user["is_active"] else "may not sign in"
    return f"{user['username']}  {state}" + ("" if user["has_password"] else ", no password yet")
