from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from comicmaintainer import env


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("scan=60", {"scan": 60}),
        (" verify = 600 , scan=60,", {"verify": 600, "scan": 60}),
    ],
)
def test_named_numbers_are_read(
    text: str, found: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMITS", text)
    assert env.integers("LIMITS") == found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("60", "LIMITS must be like verify=600,scan=60, not '60'"),
        ("=60", "LIMITS must be like"),
        ("scan=", r"LIMITS \(scan\) must be a whole number from 1 to 90, not ''"),
        ("scan=soon", r"LIMITS \(scan\) must be a whole number from 1 to 90, not 'soon'"),
        ("scan=0", r"LIMITS \(scan\)"),
        ("scan=91", r"LIMITS \(scan\)"),
        ("verify=5,scan=1.5", r"LIMITS \(scan\)"),
    ],
)
def test_named_numbers_that_are_none_are_refused(
    text: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMITS", text)
    with pytest.raises(ImproperlyConfigured, match=reason):
        env.integers("LIMITS", least=1, most=90)


@pytest.mark.parametrize("text", ["-1", "x", "11"])
def test_a_number_has_its_bounds(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAYS", text)
    with pytest.raises(ImproperlyConfigured, match="DAYS must be a whole number from 0 to 10"):
        env.integer("DAYS", 5, most=10)


def test_a_folder_that_cannot_be_made_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PLACE", str(tmp_path / "file" / "data"))
    with pytest.raises(ImproperlyConfigured, match=r"PLACE: .* cannot be made \(Not a directory\)"):
        env.folder("PLACE", tmp_path)


def test_a_key_that_cannot_be_read_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("SECRET_KEY_FILE", raising=False)
    (tmp_path / "secret-key").mkdir()
    with pytest.raises(ImproperlyConfigured, match=r"secret-key.*\(Is a directory\)"):
        env.secret_key(tmp_path)


def test_networks_are_read_and_a_wrong_one_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETWORKS", "192.168.1.0/24, 127.0.0.1, ::1")
    assert list(map(str, env.networks("NETWORKS"))) == ["192.168.1.0/24", "127.0.0.1/32", "::1/128"]
    monkeypatch.setenv("NETWORKS", "my-nas")
    with pytest.raises(ImproperlyConfigured, match="NETWORKS must be networks: 'my-nas'"):
        env.networks("NETWORKS")
