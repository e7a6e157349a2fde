"""What `make` says on a machine that lacks something."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.devstack.folders import CHECKOUT

MAKE = shutil.which("make")
pytestmark = pytest.mark.skipif(MAKE is None, reason="make is not installed")


def make(target: str, path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [str(MAKE), "--no-print-directory", "-C", str(CHECKOUT), target]
    command += [f"{name}={value}" for name, value in variables.items()]
    return subprocess.run(command, env={"PATH": str(path)}, capture_output=True, text=True, check=False)


def test_without_the_right_python_it_says_what_to_install(tmp_path: Path) -> None:
    other = tmp_path / "python3"
    other.write_text("#!/bin/sh\nexit 1\n")  # as an older Python answers the question for 3.11
    other.chmod(0o755)

    result = make("install", tmp_path)

    assert result.returncode == 2
    assert "Descant needs Python 3.11, which is not on PATH" in result.stderr
    assert "sudo apt install python3.11 python3.11-venv" in result.stderr


def test_the_set_up_refuses_another_python() -> None:
    code = (
        "import sys, runpy; sys.version_info = (3, 9, 2); sys.version = '3.9.2'; "
        "runpy.run_path('config/devstack/install.py', run_name='__main__')"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert result.returncode == 1
    assert result.stderr == "Descant needs Python 3.11; this is 3.9.2.\n"


def test_help_names_the_commands() -> None:
    shown = subprocess.run([str(MAKE), "-C", str(CHECKOUT), "help"], capture_output=True, text=True, check=True).stdout
    for command in ("make run", "make test", "make check", "make smoke", "make install"):
        assert command in shown
