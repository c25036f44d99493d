"""Signatures as the Standard Webhooks specification 1.0.0 has them, symmetric."""

import base64
import binascii
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
LEAST_BYTES, MOST_BYTES = 24, 64


def make_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def secret_key(secret: str) -> bytes:
    """Raises ValueError with a sentence for a person."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise ValueError(
            f"A secret is “{PREFIX}” and {LEAST_BYTES} to {MOST_BYTES} random bytes as base64."
        )
    return key


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Of one attempt: its time is signed too, so that nobody can send it again later."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(secret_key(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
