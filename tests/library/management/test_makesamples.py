from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command


def test_samples_are_made_and_counted(tmp_path: Path) -> None:
    said = StringIO()
    call_command("makesamples", str(tmp_path), count=5, stdout=said)
    assert len(list(tmp_path.rglob("*.cbz"))) == 5
    assert said.getvalue().startswith("Made 5 files in ")


def test_a_folder_in_use_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(CommandError, match="not empty"):
        call_command("makesamples", str(tmp_path))
