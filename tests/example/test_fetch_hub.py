"""How StackOne's hub comes to a machine."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from scripts import fetch_hub


def archive(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(f"package/dist/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return packed.getvalue()


GOOD = archive(**{"webcomponent.js": b"the hub", "webcomponent.js.map": b"{}"})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(fetch_hub, "FOLDER", tmp_path / "vendor")
    monkeypatch.setattr(fetch_hub, "RECORD", tmp_path / "vendor/stackone-hub.integrity")
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(fetch_hub, "INTEGRITY", fetch_hub.integrity(GOOD))
    monkeypatch.setattr(fetch_hub, "packed", lambda npm: GOOD)
    return tmp_path / "vendor"


def test_the_package_that_was_meant_is_put_where_it_is_served(folder: Path) -> None:
    assert fetch_hub.main() == 0
    assert (folder / "stackone-hub.js").read_bytes() == b"the hub"
    assert fetch_hub.is_there()


def test_a_second_run_asks_npm_for_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch_hub.main()
    monkeypatch.setattr(fetch_hub, "packed", lambda npm: pytest.fail("npm was asked again"))
    assert fetch_hub.main() == 0


@pytest.mark.parametrize("name", ["stackone-hub.js", "webcomponent.js.map"])
@pytest.mark.parametrize("content", [b"another hub", b"", None], ids=["other", "empty", "gone"])
def test_a_file_that_is_no_longer_what_was_checked_is_fetched_again(
    folder: Path, name: str, content: bytes | None
) -> None:
    fetch_hub.main()
    before = (folder / name).read_bytes()
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    assert not fetch_hub.is_there()
    assert fetch_hub.main() == 0
    assert (folder / name).read_bytes() == before
    assert fetch_hub.is_there()


@pytest.mark.parametrize("record", ["", "[]", "{}", '"sha512-"', fetch_hub.INTEGRITY])
def test_a_record_that_says_nothing_of_the_files_is_not_believed(folder: Path, record: str) -> None:
    fetch_hub.main()
    (folder / "stackone-hub.integrity").write_text(record)
    assert not fetch_hub.is_there()


def test_a_changed_file_is_not_served_when_the_package_can_not_be_fetched(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch_hub.main()
    (folder / "stackone-hub.js").write_bytes(b"another hub")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert fetch_hub.main() == 0
    assert not (folder / "stackone-hub.js").exists()


def test_another_package_under_that_name_is_not_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fetch_hub, "packed", lambda npm: GOOD + b"!")
    assert fetch_hub.main() == 1
    assert "does not have the expected hash" in capsys.readouterr().out
    assert not folder.exists()


def test_without_npm_it_says_so_and_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert fetch_hub.main() == 0
    assert "the hosted page instead" in capsys.readouterr().out
    assert not fetch_hub.is_there()


def test_npm_that_cannot_reach_its_registry_stops_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(npm: str) -> bytes:
        raise subprocess.CalledProcessError(1, ["npm", "pack"])

    monkeypatch.setattr(fetch_hub, "packed", refuse)
    assert fetch_hub.main() == 0
    assert "works without the hub" in capsys.readouterr().out


def test_the_integrity_is_npms_own_notation() -> None:
    """An outside vector: what ``openssl dgst -sha512 -binary | base64`` says of three letters."""
    assert fetch_hub.integrity(b"abc") == (
        "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw=="
    )
