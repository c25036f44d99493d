"""`make lint` asks whether a pinned package has a known hole, where a service that knows answers.

It says plainly when none did, or which packages were left out: silence must not pass for safety.
"""

import json
import subprocess
import sys
from typing import Any

COMMAND = [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--format", "json"]
FILES = ("requirements.txt", "requirements-dev.txt")
SECONDS = 300


def main() -> int:
    answers = [_audit(file) for file in FILES]
    lines, is_bad = judged(answers)
    sys.stdout.write("".join(f"pip-audit: {line}\n" for line in lines))
    return int(is_bad)


def _audit(file: str) -> dict[str, Any] | None:
    """What it found; None where no service answered."""
    command = [*COMMAND, "--requirement", file]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        found: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None
    return found


def judged(answers: list[dict[str, Any] | None]) -> tuple[list[str], bool]:
    """What to say, and whether a package has a known hole."""
    packages = [each for answer in answers if answer for each in answer["dependencies"]]
    skipped = sorted({each["name"] for each in packages if "skip_reason" in each})
    holes = sorted(
        f"{each['name']} {each['version']}: {hole['id']}, mended in {hole['fix_versions']}"
        for each in packages
        for hole in each.get("vulns", [])
    )
    asked = len({each["name"] for each in packages}) - len(skipped)
    if None in answers or not asked:
        return ["NOT CHECKED: no service that knows of holes answers here."], bool(holes)
    left_out = [f"NOT CHECKED: {', '.join(skipped)}"] if skipped else []
    return [f"{asked} packages checked, {len(holes)} known holes.", *left_out, *holes], bool(holes)


if __name__ == "__main__":
    sys.exit(main())
