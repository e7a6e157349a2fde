"""Whom the embedded services run as. PostgreSQL refuses root, so root hands them to an unprivileged account."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .errors import DevstackError

UNPRIVILEGED_ACCOUNT = "nobody"


@dataclass(frozen=True)
class Account:
    """An account of this machine that a service runs as."""

    name: str
    uid: int
    gid: int


def service_account(data: Path | None = None) -> Account | None:
    """Return the account that services drop to, or None where they run as the present user (who is not root).

    Root keeps to the account that already owns ``data``: an ordinary user may have run this checkout before.
    """
    if os.geteuid() != 0:
        return None
    if data is not None and data.is_dir() and data.stat().st_uid != 0:
        status = data.stat()
        return Account(_name_of(status.st_uid), status.st_uid, status.st_gid)
    try:
        entry = pwd.getpwnam(UNPRIVILEGED_ACCOUNT)
    except KeyError:
        raise DevstackError(
            f"Running as root, the embedded PostgreSQL needs the account '{UNPRIVILEGED_ACCOUNT}', which this machine "
            "does not have. Run as an ordinary user, or set DATABASE_URL to a PostgreSQL server."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        raise DevstackError(
            f"The data in .devstack belongs to user id {uid}, which this machine does not know. "
            "Delete .devstack to start afresh, or run as its owner."
        ) from None


def can_use(path: Path, account: Account | None) -> bool:
    """Whether ``account`` may reach and read ``path`` (every folder above it included)."""
    if account is None:
        return os.access(path, os.R_OK | os.X_OK)
    probe = subprocess.run(
        ["/bin/sh", "-c", 'test -r "$0" && test -x "$0"', str(path)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return probe.returncode == 0


def give(path: Path, account: Account | None) -> None:
    """Make ``account`` the owner of ``path``."""
    if account is not None:
        os.chown(path, account.uid, account.gid)


def make_folder(path: Path, account: Account | None, *, mode: int = 0o700) -> Path:
    """Create ``path`` (parents included) for ``account`` with ``mode`` and return it."""
    path.mkdir(parents=True, exist_ok=True)
    give(path, account)
    path.chmod(mode)
    return path
