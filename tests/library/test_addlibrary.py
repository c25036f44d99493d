from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from jobs.models import Job
from library.models import Library

pytestmark = pytest.mark.django_db


def test_a_folder_is_registered_and_scanned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "comics").mkdir()
    call_command("addlibrary", "comics", name="Mine")
    library = Library.objects.get()
    assert (library.name, library.path) == ("Mine", str(tmp_path / "comics"))
    assert Job.objects.get().selection == {"library": library.pk}
    assert str(tmp_path / "comics") in capsys.readouterr().out


@pytest.mark.parametrize("path", ["", "nowhere", "~nobody-of-that-name", "file.cbz", "x" * 300])
def test_what_is_no_folder_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file.cbz").touch()
    with pytest.raises(CommandError) as refused:
        call_command("addlibrary", path)
    assert len(str(refused.value)) > 20
    assert not Library.objects.exists()


def test_a_folder_whose_name_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "caf\udce9"
    folder.mkdir()
    with pytest.raises(CommandError, match="UTF-8"):
        call_command("addlibrary", str(folder))
