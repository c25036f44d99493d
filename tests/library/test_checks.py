import pytest

from library import checks
from library.archives.cbr import ReaderSupport


def test_a_machine_that_reads_rar_has_nothing_to_say() -> None:
    assert checks.check_rar(None) == []


def test_a_machine_that_cannot_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    only_new = (ReaderSupport("libarchive", ("RAR5",)),)
    monkeypatch.setattr(checks, "available_readers", lambda: only_new)
    (warning,) = checks.check_rar(None)
    assert warning.id == "library.W001"
    assert "RAR4" in warning.msg and "RAR5" not in warning.msg
    assert "unar" in (warning.hint or "")
