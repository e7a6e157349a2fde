"""`make install`: virtual environment, locked packages, browser libraries, CSS, translations.

Runs with the machine's Python, before any package is there: standard library only, no import of our own code.
Each step is skipped when nothing that it depends on has changed, so a second run takes a moment.
"""

import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
VENV = CHECKOUT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOCK = CHECKOUT / "requirements" / "dev.txt"
STAMP = VENV / ".descant-lock"
UNFINISHED = VENV / ".descant-unfinished"
PR_SET_PDEATHSIG = 1
VERSION = (3, 11)
VENV_HELP = """\
This Python cannot create virtual environments with pip in them. On Debian and Ubuntu:

    sudo apt install python3.11-venv        (or python3-venv)

Then run the command again."""


class InstallError(RuntimeError):
    """The set-up cannot go on; the message says what to do."""


def quietly(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def die_with_us() -> None:
    """In the child: end when this process is killed, so that no second step ever works beside an orphaned first."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def step(command: list[str], failure: str) -> None:
    """Run one step in the checkout, its output on the terminal."""
    if subprocess.run(command, cwd=CHECKOUT, preexec_fn=die_with_us, check=False).returncode != 0:
        raise InstallError(failure)


def venv_works() -> bool:
    check = f"import sys; sys.exit(sys.version_info[:2] != {VERSION} or sys.prefix == sys.base_prefix)"
    return VENV_PYTHON.exists() and quietly([str(VENV_PYTHON), "-c", check])


def make_venv() -> None:
    """Create `.venv` unless a working one is there; one of another Python or a half-filled one is made anew."""
    if not UNFINISHED.exists() and venv_works() and quietly([str(VENV_PYTHON), "-m", "pip", "--version"]):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    print("Creating the virtual environment .venv ...", flush=True)
    if quietly([sys.executable, "-m", "venv", str(VENV)]):
        return
    # Debian keeps the bundled pip in a package of its own; the system's pip, where there is one, can stand in.
    shutil.rmtree(VENV, ignore_errors=True)
    if not quietly([sys.executable, "-m", "venv", "--without-pip", str(VENV)]) or not quietly(
        [sys.executable, "-m", "pip", "--python", str(VENV_PYTHON), "install", "--quiet", "pip"]
    ):
        shutil.rmtree(VENV, ignore_errors=True)
        raise InstallError(VENV_HELP)


def install_packages() -> None:
    """Install exactly what the lock says, checked by hash, as wheels only, with bytecode compiled."""
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return
    UNFINISHED.touch()
    print("Installing the locked Python packages (about a minute, once) ...", flush=True)
    step(
        [
            str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
            "--require-hashes", "--no-deps", "--only-binary", ":all:", "--compile", "--requirement", str(LOCK),
        ],
        "Installing the Python packages failed; the reason stands above. Is the network there?",
    )  # fmt: skip
    STAMP.write_text(wanted)
    UNFINISHED.unlink()


def build() -> None:
    """Fetch browser libraries, build CSS, compile translations."""
    step([str(VENV_PYTHON), "-m", "config.build_static"], "Building the browser files failed; see above.")
    step([str(VENV_PYTHON), "-m", "config.build_messages"], "Compiling the translations failed; see above.")


def main() -> int:
    begun = time.monotonic()
    if sys.version_info[:2] != VERSION:
        print(f"Descant needs Python {VERSION[0]}.{VERSION[1]}; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    if not os.access(CHECKOUT, os.W_OK):
        print(f"Cannot write in {CHECKOUT}. Clone the repository where you may write.", file=sys.stderr)
        return 1
    # Two `make` commands at once from one checkout take turns.
    with (CHECKOUT / "Makefile").open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        try:
            make_venv()
            install_packages()
            build()
        except InstallError as error:
            print(f"\n{error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("\nInterrupted. Run the command again to go on.", file=sys.stderr)
            return 130
    seconds = time.monotonic() - begun
    if seconds > 5:
        print(f"Installed in {seconds:.0f} s.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
