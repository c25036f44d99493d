from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils.timezone import now

from comicmaintainer import first_run, throttling
from library.models import Library

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def fresh(settings: Any, tmp_path: Path) -> Iterator[None]:
    """No account and no attempt is remembered from another test."""
    settings.DATA_DIR = tmp_path
    first_run._done = False
    cache.clear()
    yield
    first_run._done = False


def account(**values: str) -> dict[str, str]:
    body = {"token": first_run.token(), "username": "reader"}
    return body | {"password1": PASSWORD, "password2": PASSWORD} | values


def test_before_the_first_account_every_page_leads_to_welcome(client: Client) -> None:
    for path in ("/", "/jobs/", "/operations/", "/settings/", "/login/", "/admin/"):
        assert client.get(path).headers["Location"] == "/welcome/"


def test_the_token_makes_one_account_and_is_void_then(client: Client) -> None:
    assert 'autocomplete="username"' in client.get("/welcome/").content.decode()
    body = account()
    assert client.post("/welcome/", body).status_code == 302
    user = User.objects.get()
    assert (user.username, user.is_superuser, user.is_staff) == ("reader", True, True)
    assert not first_run.token_file().exists()
    stranger = Client()
    answer = stranger.post("/welcome/", body | {"username": "second"})
    assert answer.headers["Location"] == "/login/"
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"token": "wrong"}, "This is not the token that the server printed."),
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"password2": "another one"}, "match"),
        ({"username": ""}, "required"),
    ],
)
def test_a_wrong_account_is_refused_with_the_reason(
    client: Client, values: dict[str, str], reason: str
) -> None:
    answer = client.post("/welcome/", account(**values))
    assert reason in answer.content.decode()
    assert not User.objects.exists()


def test_the_whole_address_may_be_pasted(client: Client) -> None:
    address = f"http://127.0.0.1:8000/welcome/#token={first_run.token()}"
    client.post("/welcome/", account(token=address))
    assert User.objects.exists()


def test_the_second_step_takes_a_folder(client: Client, tmp_path: Path) -> None:
    answer = client.post("/welcome/", account(), follow=True)
    assert "Where are your comics?" in answer.content.decode()
    folder = tmp_path / "comics"
    folder.mkdir()
    answer = client.post("/welcome/", {"path": str(folder)})
    assert answer.headers["Location"].startswith("/jobs/")
    assert Library.objects.get().path == str(folder)


def test_the_second_step_makes_sample_comics_once(client: Client, tmp_path: Path) -> None:
    page = client.post("/welcome/", account(), follow=True).content.decode()
    assert "Try with sample comics" in page
    answer = client.post("/welcome/", {"path": "", "samples": "1"})
    assert answer.headers["Location"].startswith("/jobs/")
    library = Library.objects.get()
    assert len(list(library.root.rglob("*.cb?"))) == 40
    library.delete()
    assert "Try with sample comics" not in client.get("/welcome/").content.decode()


def test_a_library_that_exists_already_is_named(client: Client, tmp_path: Path) -> None:
    Library.objects.create(name="Books", path=str(tmp_path))
    page = client.post("/welcome/", account(), follow=True).content.decode()
    assert "Your library is set up already: Books" in page


def test_after_a_few_wrong_passwords_one_has_to_wait(admin: User, client: Client) -> None:
    wrong = {"username": "admin", "password": "wrong"}
    for _ in range(7):
        assert client.post("/login/", wrong).status_code == 200
    right = {"username": "admin", "password": PASSWORD}
    for body in (wrong, right):
        answer = client.post("/login/", body)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "600")
        assert "Try again in 10 minutes" in answer.content.decode()
    other = client.post("/login/", right, REMOTE_ADDR="192.0.2.7")
    assert other.headers["Location"] == "/"


def test_after_the_wait_or_when_unlocked_one_may_try_again(admin: User, client: Client) -> None:
    right = {"username": "admin", "password": PASSWORD}
    for unlock in (_ten_minutes_pass, lambda: call_command("axes_reset", verbosity=0)):
        for _ in range(8):
            client.post("/login/", {"username": "admin", "password": "wrong"})
        assert client.post("/login/", right).status_code == 429
        unlock()
        assert client.post("/login/", right).headers["Location"] == "/"
        client.post("/logout/")


def _ten_minutes_pass() -> None:
    AccessAttempt.objects.update(attempt_time=now() - timedelta(minutes=10, seconds=1))


def test_an_address_that_tries_many_names_has_to_wait_too(admin: User, client: Client) -> None:
    for number in range(throttling.FAILURES):
        client.post("/login/", {"username": f"name{number}", "password": "wrong"})
    right = {"username": "admin", "password": PASSWORD}
    assert "Try again in ten minutes" in client.post("/login/", right).content.decode()
    assert client.post("/login/", right, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_no_password_is_kept_with_a_wrong_attempt(admin: User, client: Client) -> None:
    client.post("/login/", {"username": "admin", "password": "nearly right"})
    attempt = AccessAttempt.objects.get()
    assert "nearly" not in str(vars(attempt))


def test_signing_in_never_leads_to_another_site(admin: User, client: Client) -> None:
    body = {"username": "admin", "password": PASSWORD, "next": "https://example.com/"}
    assert client.post("/login/", body).headers["Location"] == "/"


def test_colours_are_kept_with_the_account(admin: User, client: Client) -> None:
    client.force_login(admin)
    client.post("/theme/", {"theme": "dark"})
    elsewhere = Client()
    elsewhere.force_login(admin)
    assert 'data-theme="dark"' in elsewhere.get("/").content.decode()
    assert client.post("/theme/", {"theme": "pink"}).status_code == 400


def test_a_strangers_colours_are_the_browsers(admin: User, client: Client) -> None:
    client.force_login(admin)
    client.post("/theme/", {"theme": "dark"})
    client.post("/logout/")
    assert 'data-theme="dark"' in client.get("/login/").content.decode()
    client.cookies["theme"] = '"><script>'
    assert 'data-theme="auto"' in client.get("/login/").content.decode()


def test_every_answer_has_a_strict_policy(admin: User, client: Client) -> None:
    client.force_login(admin)
    for path in ("/", "/jobs/", "/operations/", "/settings/", "/no/such/page/"):
        policy = client.get(path).headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy


def test_no_page_has_inline_code_or_style(admin: User, client: Client) -> None:
    client.force_login(admin)
    for path in ("/", "/jobs/", "/operations/", "/settings/"):
        page = client.get(path).content.decode()
        for sign in (" style=", " onclick=", "<style", "<script>", "javascript:"):
            assert sign not in page, (path, sign)


def test_a_page_that_does_not_exist_says_so_kindly(admin: User, client: Client) -> None:
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/", "Library"),
        ("/preview/rename/", "Library"),
        ("/duplicates/", "Duplicates"),
        ("/jobs/", "Activity"),
        ("/trash/", "Activity"),
        ("/settings/", "Settings"),
        ("/account/", "Settings"),
    ],
)
def test_the_navigation_marks_where_one_is(
    client: Client, admin: User, path: str, label: str
) -> None:
    client.force_login(admin)
    nav = client.get(path).content.decode().partition('<nav class="nav"')[2].partition("</nav>")[0]
    marked = [link for link in nav.split("<a ")[1:] if "aria-current" in link]
    assert len(marked) == 1
    assert f"<span>{label}</span>" in marked[0]
