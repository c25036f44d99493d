import re
import runpy
from pathlib import Path

import pytest

from comicmaintainer.webhooks.signing import make_secret, secret_key, signature

ROOT = Path(__file__).resolve().parents[3]


def test_the_specifications_own_example_comes_out() -> None:
    # Of the Standard Webhooks reference libraries.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_secret_is_new_and_good() -> None:
    assert make_secret() != make_secret()
    assert len(secret_key(make_secret())) == 32


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "secret", "whsec_" + "!" * 40])
def test_a_weak_or_broken_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 random bytes"):
        secret_key(secret)


def test_the_example_in_the_documents_tells_ours_from_others(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "webhooks.md").read_text()
    example = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert example
    (tmp_path / "example.py").write_text(example[1])
    verify = runpy.run_path(str(tmp_path / "example.py"))["verify"]
    secret, body = make_secret(), b'{"type":"job.completed"}'
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1614265330",
        "webhook-signature": signature(secret, "msg_1", 1614265330, body),
    }
    assert verify(secret, headers, body, now=1614265335)
    assert not verify(secret, headers, body + b" ", now=1614265335)
    assert not verify(secret, headers, body, now=1614265330 + 301)
    assert not verify(make_secret(), headers, body, now=1614265335)
    headers["webhook-signature"] = f"v1,AAAA {headers['webhook-signature']}"
    assert verify(secret, headers, body, now=1614265335)
