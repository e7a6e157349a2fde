"""Temporary folders: kept while their process lives, removed by the next when it was killed."""

import signal
import subprocess
import sys
from pathlib import Path

from config.build_static import CHECKOUT
from config.devstack.temporary import LockedFolder, remove_abandoned

HOLD = """
import sys, time
from pathlib import Path
from config.devstack.temporary import LockedFolder
folder = LockedFolder(Path(sys.argv[1]))
(folder.path / "data").mkdir()
print(folder.path, flush=True)
time.sleep(60)
"""


def test_what_a_killed_process_left_is_removed_by_the_next_and_not_before(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    theirs = Path(holder.stdout.readline().strip())
    ours = LockedFolder(tmp_path)
    assert theirs.parent == ours.path.parent == tmp_path
    assert (theirs / "data").is_dir(), "it is in use"

    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    remove_abandoned(tmp_path)

    assert not theirs.exists()
    assert ours.path.is_dir(), "this one is in use"
    ours.remove()
    ours.remove()
    assert list(tmp_path.iterdir()) == []


def test_folders_of_others_and_those_being_made_are_left_alone(tmp_path: Path) -> None:
    for name in ("descant-run-being-made", "something-else"):
        (tmp_path / name).mkdir()
    remove_abandoned(tmp_path)
    assert {folder.name for folder in tmp_path.iterdir()} == {"descant-run-being-made", "something-else"}
