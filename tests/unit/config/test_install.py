"""The set-up step: what it does again, what it skips, and what it says when the machine lacks something."""

import hashlib
from pathlib import Path

import pytest

from config.devstack import install
from config.devstack.install import InstallError


class Commands:
    """Stands in for running commands: remembers them, and fails those that contain a given word."""

    def __init__(self, *failing: str) -> None:
        self.failing = failing
        self.seen: list[list[str]] = []

    def __call__(self, command: list[str], *rest: str) -> bool:
        self.seen.append(command[1:])
        failed = any(word in command for word in self.failing)
        if failed and rest:
            raise InstallError(rest[0])
        return not failed


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a virtual environment that needs no making."""
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").touch()
    (tmp_path / "dev.txt").write_text("django==5.2.19\n")
    monkeypatch.setattr(install, "VENV", venv)
    monkeypatch.setattr(install, "VENV_PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(install, "LOCK", tmp_path / "dev.txt")
    monkeypatch.setattr(install, "STAMP", venv / ".descant-lock")
    monkeypatch.setattr(install, "UNFINISHED", venv / ".descant-unfinished")
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, name: str, *failing: str) -> Commands:
    commands = Commands(*failing)
    monkeypatch.setattr(install, name, commands)
    return commands


def test_a_working_environment_is_kept(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, "quietly")
    install.make_venv()
    assert (checkout / ".venv" / "bin" / "python").exists()


def test_an_environment_whose_filling_was_cut_short_is_made_anew(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = run(monkeypatch, "quietly")
    (checkout / ".venv" / ".descant-unfinished").touch()

    install.make_venv()

    assert commands.seen == [["-m", "venv", str(checkout / ".venv")]]
    assert not (checkout / ".venv" / "bin").exists()


def test_without_the_bundled_pip_the_systems_own_stands_in(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "venv_works", lambda: False)
    commands = Commands()
    monkeypatch.setattr(
        install, "quietly", lambda command: commands(command) and (command[2] != "venv" or "--without-pip" in command)
    )

    install.make_venv()

    assert commands.seen[1:] == [
        ["-m", "venv", "--without-pip", str(checkout / ".venv")],
        ["-m", "pip", "--python", str(checkout / ".venv" / "bin" / "python"), "install", "--quiet", "pip"],
    ]


def test_without_any_pip_it_says_what_to_install(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "venv_works", lambda: False)
    run(monkeypatch, "quietly", "-m")

    with pytest.raises(InstallError, match=r"sudo apt install python3\.11-venv"):
        install.make_venv()

    assert not (checkout / ".venv").exists()


def test_packages_are_installed_once_for_a_lock(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = run(monkeypatch, "step")

    install.install_packages()
    install.install_packages()

    assert len(commands.seen) == 1
    assert {"--require-hashes", "--no-deps", "--only-binary", "--compile"} < set(commands.seen[0])
    stamp = checkout / ".venv" / ".descant-lock"
    assert stamp.read_text() == hashlib.sha256(b"django==5.2.19\n").hexdigest()

    (checkout / "dev.txt").write_text("django==5.2.20\n")
    install.install_packages()
    assert len(commands.seen) == 2


def test_a_failed_installation_is_not_taken_for_done(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, "step", "install")

    with pytest.raises(InstallError, match="Is the network there"):
        install.install_packages()

    assert not (checkout / ".venv" / ".descant-lock").exists()
    assert (checkout / ".venv" / ".descant-unfinished").exists()
