"""A folder that the service account of root may reach: pytest's own is closed to everyone else."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """An empty folder right under /tmp that anyone may enter; removed after the test with what it holds."""
    folder = Path(tempfile.mkdtemp(prefix="descant-test-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
