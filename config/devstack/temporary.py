"""Temporary folders that last as long as their process: what a killed one left is removed by the next."""

import fcntl
import shutil
import tempfile
from pathlib import Path

PREFIX = "descant-run-"
_LOCK = "lock"


class LockedFolder:
    """A temporary folder of ours, locked while this process lives, so that others can tell whether it is in use.

    The lock goes with the process, also when that is killed; a process number could be another's by then.
    """

    def __init__(self, parent: Path | None = None) -> None:
        """Make the folder below ``parent`` (the system's by default), and remove there what is nobody's any more."""
        parent = parent or Path(tempfile.gettempdir())
        remove_abandoned(parent)
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        # Locked before it has its name: a folder with a free lock is taken for an abandoned one.
        unnamed = self.path / f"{_LOCK}.new"
        self._lock = unnamed.open("wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        unnamed.rename(self.path / _LOCK)

    def remove(self) -> None:
        """Delete the folder with all that it holds; harmless when called again."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def remove_abandoned(parent: Path) -> None:
    """Delete folders of processes that ended without doing so."""
    for folder in parent.glob(f"{PREFIX}*"):
        if _is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # in use, not ours, or being made or removed at this moment
        return False
    return True
