"""The cheap comparison of requirements and locks, on folders made for it and on our own."""

from pathlib import Path

import pytest

from config.devstack.checks import lock_complaints
from config.devstack.folders import CHECKOUT

GOOD = {
    "base.in": "# web\nDjango~=5.2.0\n",
    "ml.in": "numpy\n",
    "dev.in": "psycopg[binary]  # driver\n",
    "base.txt": "django==5.2.19 \\\n    --hash=sha256:00\n",
    "ml.txt": "django==5.2.19 \\\n    --hash=sha256:00\nnumpy==2.4.6 \\\n    --hash=sha256:00\n",
    "dev.txt": "django==5.2.19 \\\n    --hash=sha256:00\nnumpy==2.4.6 \\\n    --hash=sha256:00\npsycopg==3.3.9 \\\n",
}


def write(folder: Path, **changes: str) -> Path:
    for name, text in (GOOD | changes).items():
        (folder / name).write_text(text)
    return folder


def test_fitting_locks_have_no_complaints(tmp_path: Path) -> None:
    assert lock_complaints(write(tmp_path)) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"dev.in": "psycopg\nattrs\n"}, "dev.txt lacks attrs, which dev.in asks for."),
        ({"dev.in": "psycopg>=4\n"}, "dev.txt has psycopg 3.3.9; dev.in wants psycopg>=4."),
        ({"ml.txt": GOOD["ml.txt"].replace("5.2.19", "5.2.18")}, "ml.txt and the lock below it disagree about django."),
    ],
)
def test_complaints(tmp_path: Path, changes: dict[str, str], complaint: str) -> None:
    assert complaint in lock_complaints(write(tmp_path, **changes))


def test_our_own_locks_fit() -> None:
    assert lock_complaints(CHECKOUT / "requirements") == []


@pytest.mark.parametrize(
    "name", ["requirements/base.txt", "requirements/ml.txt", "requirements/dev.txt", "package-lock.json"]
)
def test_our_own_locks_record_hashes_and_no_download_addresses(name: str) -> None:
    text = (CHECKOUT / name).read_text()
    assert "sha256:" in text or '"integrity": "sha512-' in text
    assert "resolved" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text
