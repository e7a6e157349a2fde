"""Small helpers: start a script in a process of its own, wait for something, see who is left."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from config.devstack.folders import CHECKOUT


def start_script(code: str, output: Path, **env: str) -> subprocess.Popen[bytes]:
    """Run Python ``code`` from the checkout in a new process; its output goes to the file ``output``."""
    with output.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-c", code], cwd=CHECKOUT, stdout=file, stderr=subprocess.STDOUT, env=clean_env(**env)
        )


def clean_env(**more: str) -> dict[str, str]:
    """An environment without the addresses of this test run."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(Path.home()), "LANG": "C.UTF-8"} | more


def wait_for(condition: Callable[[], object], what: str, seconds: float = 20.0) -> None:
    """Wait until ``condition`` is true.

    Raises:
        AssertionError: it was not within ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.05)


def processes_with(text: str) -> list[int]:
    """Ids of the living processes whose command line or working folder contains ``text``."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            here = str((folder / "cwd").readlink())
        except OSError:
            continue
        if text in line or text in here:
            found.append(int(folder.name))
    return found
