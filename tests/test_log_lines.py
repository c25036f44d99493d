"""What a real server writes while people and programs get their secrets wrong."""

import json
from pathlib import Path

import httpx

from tests.serving import make_data_folder, serving

PASSWORD, TOKEN, MONITOR = "wrong-horse-battery", "wrong-api-token-1234", "the-monitors-token"


def test_no_line_of_a_log_holds_a_secret(tmp_path: Path) -> None:
    data = make_data_folder(
        tmp_path / "data", LOG_FORMAT="json", LOG_LEVEL="debug", METRICS_TOKEN=MONITOR
    )
    with serving(data) as site, httpx.Client(base_url=site.address) as client:
        client.get("/login/")
        form = {"username": "admin", "password": PASSWORD}
        form["csrfmiddlewaretoken"] = next(
            value for name, value in client.cookies.items() if "csrf" in name
        )
        client.post("/login/", data=form)
        for path in ("/api/jobs/", "/api/events/stream", f"/nowhere?token={TOKEN}"):
            client.get(path, headers={"Authorization": f"Token {TOKEN}"})
        client.get("/metrics", headers={"Authorization": f"Bearer {MONITOR}x"})
        assert client.get("/metrics", headers={"Authorization": f"Bearer {MONITOR}"}).is_success
        key = data.path / "secret-key"
        secrets = [PASSWORD, TOKEN, MONITOR, data.key, key.read_text().strip()]
        site.terminate()
    lines = data.log.read_text().splitlines()
    events = [json.loads(line) for line in lines]
    assert any(event["logger"] == "django.request" for event in events)
    assert not [line for line in lines for secret in secrets if secret in line]
