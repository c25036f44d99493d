import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from comicmaintainer.webhooks import posting
from comicmaintainer.webhooks.posting import ANSWER_BYTES, Answer, post
from comicmaintainer.webhooks.targets import Target, addresses_of, check_url
from tests.comicmaintainer.webhooks.receiver import Receiver, receiving


def send(url: str, **headers: str) -> Answer:
    target = check_url(url)
    return post(target, addresses_of(target), b"{}", headers)


def test_what_is_sent_arrives_whole(receiver: Receiver) -> None:
    answer = send(receiver.url, **{"X-More": "yes"})
    assert answer.is_success
    (request,) = receiver.got
    assert (request.path, request.body) == ("/hook?key=1", b"{}")
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert request.headers["x-more"] == "yes"


def test_the_address_that_was_checked_is_the_one_that_is_called(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that means another address a moment later changes nothing."""
    lookups: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host != "rebinding.example":
            return real(host, port, *args, **kwargs)
        lookups.append(host)
        address = "127.0.0.1" if len(lookups) == 1 else "10.0.0.1"
        return real(address, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert send(f"http://rebinding.example:{receiver.port}/").is_success
    assert lookups == ["rebinding.example"]
    assert receiver.got[0].headers["host"] == f"rebinding.example:{receiver.port}"


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.status, receiver.headers = 302, {"Location": receiver.url}
    answer = send(receiver.url)
    assert (answer.status, answer.is_success, len(receiver.got)) == (302, False, 1)


def test_no_more_of_an_answer_is_read_than_is_needed(receiver: Receiver) -> None:
    receiver.status, receiver.body = 500, b"x" * 10 * ANSWER_BYTES
    assert send(receiver.url).message == "x" * ANSWER_BYTES


def test_a_target_that_is_down_is_said(settings: Any, receiver: Receiver) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        answer = send(f"http://127.0.0.1:{free.getsockname()[1]}/")
    assert answer.status is None
    assert "connection refused" in answer.message


def test_one_that_never_answers_is_given_up_in_time(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "CONNECT_SECONDS", 0.2)
    receiver.misbehave = lambda handler: time.sleep(1)
    answer = send(receiver.url)
    assert (answer.status, answer.message) == (None, "No answer in time.")
    assert answer.duration_ms < 900


def test_one_that_answers_byte_by_byte_is_cut_off(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "WHOLE_SECONDS", 0.3)

    def drip(handler: BaseHTTPRequestHandler) -> None:
        try:
            for _ in range(200):
                handler.wfile.write(b"H")
                time.sleep(0.02)
        except OSError:
            pass  # hung up on, as it should be

    receiver.misbehave = drip
    answer = send(receiver.url)
    assert (answer.status, answer.message) == (None, "No answer in time.")
    assert answer.duration_ms < 3000


def test_what_is_not_http_is_said(receiver: Receiver) -> None:
    receiver.misbehave = lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH\r\n")
    answer = send(receiver.url)
    assert (answer.status, answer.message) == (None, "The answer was not HTTP (BadStatusLine).")


def test_a_certificate_that_nobody_vouches_for_is_refused(
    settings: Any, receiver: Receiver, tmp_path: Path
) -> None:
    with receiving(_self_made(tmp_path)) as secure:
        answer = send(f"https://127.0.0.1:{secure.port}/")
        assert answer.status is None
        assert "certificate was not accepted" in answer.message
        assert secure.got == []


def test_a_name_goes_into_the_host_header_and_no_port_of_its_scheme() -> None:
    assert Target("https", "example.org", 443, "/").authority == "example.org"
    assert Target("http", "::1", 8000, "/").authority == "[::1]:8000"


def _self_made(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nobody")])
    begin = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + timedelta(days=9))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
