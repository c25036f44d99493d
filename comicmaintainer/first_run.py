"""The first start: no account exists, and whoever has the set-up token may make one."""

import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model

from comicmaintainer import env

_done = False


def is_done() -> bool:
    """Whether an administrator exists. Once there is one, the answer is remembered."""
    global _done
    if not _done:
        administrators = get_user_model().objects.filter(is_superuser=True, is_active=True)
        _done = administrators.exists()
    return _done


def token_file() -> Path:
    return Path(settings.DATA_DIR) / "setup-token"


def token() -> str:
    """The set-up token; made, readable by the server's owner alone, where there is none yet."""
    file = token_file()
    if not file.exists():
        env.write_secret(file, length_bytes=16)
    return file.read_text().strip()


def is_token(given: str) -> bool:
    return not is_done() and secrets.compare_digest(given.strip().encode(), token().encode())


def finish() -> None:
    """Void the token; the account is made."""
    token_file().unlink(missing_ok=True)
