"""The examples of docs/api.md do what it says, on a real server."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.serving import ROOT, make_data_folder, serving
from tests.waiting import until

SECONDS = 60


def examples(language: str) -> list[str]:
    text = (ROOT / "docs/api.md").read_text()
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


def test_the_examples_of_the_api_run(tmp_path: Path) -> None:
    data = make_data_folder(tmp_path / "data", COMICS=str(tmp_path / "comics"), WORKERS="1")
    data.manage("makesamples", str(tmp_path / "comics"), "--count", "6")
    with serving(data) as site:
        with site.client() as client:
            until(lambda: client.get("/api/comics/").json()["count"] > 0, "the scan")
        environment = {**os.environ, "KEY": data.key, "API": f"{site.address}/api"}
        script = re.sub(r"^export .*", "", examples("sh")[0], flags=re.M)
        shell = ["bash", "-e", "-c", script.replace("curl -sS", "curl -sSf -w '\\n'")]
        said = _run(shell, environment)
        comics, job, jobs = [json.loads(line) for line in said.splitlines()]
        assert comics["count"] > 0
        assert job["job_id"] in [each["job_id"] for each in jobs["results"]]
        said = _run([sys.executable, "-c", examples("python")[0]], environment)
        status, *items = said.splitlines()
        assert status.startswith("completed {")
        assert len(items) == 5


def _run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return done.stdout
