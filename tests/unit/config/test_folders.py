"""Where sockets may lie: Unix sockets have short names, and PostgreSQL's setting needs plain ones."""

import os
from pathlib import Path

import pytest

from config.devstack import folders
from config.devstack.errors import DevstackError
from config.devstack.folders import fits_sockets, lasting_folders, temporary_folders

AS_ROOT = os.geteuid() == 0


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/home/ana/descant/.devstack/run", True),
        ("/home/ana/my music/descant/.devstack/run", False),
        ("/home/ana/a,b/run", False),
        ("/home/陈/descant/run", False),
        ("/" + "x" * 89, True),
        ("/" + "x" * 90, False),
    ],
)
def test_fits_sockets(path: str, expected: bool) -> None:
    assert fits_sockets(Path(path)) is expected


def test_long_state_folder_gets_a_short_run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "ROOT_DATA", tmp_path / "root-data")
    state = tmp_path / ("long " * 15) / ".devstack"

    first, second = lasting_folders(state), lasting_folders(state)

    assert first == second
    assert fits_sockets(first.run)
    assert first.run.parent == Path("/tmp")
    assert first.run.stat().st_mode & 0o777 == 0o700
    assert (state / "location").read_text() == f"data {first.data}\nsockets {first.run}\n"
    first.run.rmdir()


def test_two_checkouts_share_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "ROOT_DATA", tmp_path / "root-data")
    one, two = lasting_folders(tmp_path / "a b"), lasting_folders(tmp_path / "a c")

    assert len({one.data, two.data, one.run, two.run}) == 4
    one.run.rmdir()
    two.run.rmdir()


@pytest.mark.skipif(not AS_ROOT, reason="only root drops to another account")
def test_root_keeps_data_where_the_service_account_may_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "ROOT_DATA", tmp_path / "root-data")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    found = lasting_folders(closed / ".devstack")

    assert found.account is not None
    assert found.account.name == "nobody"
    assert found.data.parent == tmp_path / "root-data"
    assert found.data.stat().st_uid == found.account.uid
    found.run.rmdir()


@pytest.mark.skipif(AS_ROOT, reason="root may write everywhere")
def test_a_place_where_we_may_not_write_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DevstackError, match="Clone Descant where you may write"):
        lasting_folders(tmp_path / "x" / ".devstack")
    tmp_path.chmod(0o700)


def test_temporary_folders_name_what_lies_outside(tmp_path: Path) -> None:
    found, outside = temporary_folders(tmp_path / "with a blank")

    assert fits_sockets(found.run)
    assert found.run.parent in outside
    for folder in outside:
        assert folder.parent == Path("/tmp")
        for inner in folder.iterdir():
            inner.rmdir()
        folder.rmdir()
