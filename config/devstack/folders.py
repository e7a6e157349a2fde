"""Where the embedded services keep data, sockets and logs, and who may read it."""

import hashlib
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .account import Account, can_use, make_folder, service_account
from .errors import DevstackError

CHECKOUT = Path(__file__).resolve().parents[2]
STATE_NAME = ".devstack"
# sun_path holds 107 bytes and the longest socket name here is ".s.PGSQL.5432".
SOCKET_FOLDER_BYTES = 90
# PostgreSQL reads unix_socket_directories as a list; keep to letters that need no quoting anywhere.
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")


@dataclass(frozen=True)
class Folders:
    """The folders of one set of embedded services.

    ``state`` holds logs, media and ports and belongs to the person who runs Descant; ``data`` and ``run`` (sockets)
    belong to ``account``, or to that same person where ``account`` is None.
    """

    state: Path
    data: Path
    run: Path
    account: Account | None

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def media(self) -> Path:
        return self.state / "media"


def fits_sockets(path: Path) -> bool:
    """Whether Unix sockets in ``path`` stay within the system's limit and need no quoting."""
    return len(os.fsencode(path)) <= SOCKET_FOLDER_BYTES and PLAIN_PATH.fullmatch(str(path)) is not None


def key_of(path: Path) -> str:
    """Eight hexadecimal digits that tell checkouts apart."""
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:8]


def _private_folder(parent: Path, name: str, account: Account | None) -> Path:
    """A folder of ours at a predictable place; one that someone else put there is not trusted."""
    path = parent / name
    wanted = os.geteuid() if account is None else account.uid
    if path.is_symlink() or (path.exists() and path.stat().st_uid not in {wanted, os.geteuid()}):
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
    return path


def _readable_parent() -> Path:
    """Where root keeps data that an unprivileged account may read."""
    return Path("/var/lib/descant-dev")


def checkout_folders(checkout: Path = CHECKOUT) -> Folders:
    """Folders of `make run` for this checkout: `.devstack/`, or where the service account may read.

    The place of the data is recorded in `.devstack/location`, so that it is found again and can be deleted.
    """
    state = checkout / STATE_NAME
    try:
        state.mkdir(exist_ok=True)
    except OSError as error:
        raise DevstackError(f"Cannot write in {checkout}: {error.strerror}. Clone it where you may write.") from error
    if not os.access(state, os.W_OK):
        raise DevstackError(f"{state} belongs to someone else. Run as its owner, or delete it to start afresh.")
    data = state / "data"
    account = service_account(data)
    if account is not None and not can_use(state, account):
        data = _readable_parent() / key_of(checkout)
        data.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    make_folder(data, account)
    run = state / "run"
    if not fits_sockets(run) or not can_use(state, account):
        run = _private_folder(Path(tempfile.gettempdir()), f"descant-{os.geteuid()}-{key_of(checkout)}", account)
    make_folder(run, account)
    (state / "location").write_text(f"data {data}\nsockets {run}\n")
    return Folders(state=state, data=data, run=run, account=account)


def temporary_folders(folder: Path) -> tuple[Folders, list[Path]]:
    """Folders for services that last one run, in ``folder`` where possible.

    Returns:
        The folders, and those outside ``folder`` that must be deleted at the end.
    """
    account = service_account()
    folder.mkdir(parents=True, exist_ok=True)
    outside: list[Path] = []
    base = folder
    if not can_use(folder, account):
        base = Path(tempfile.mkdtemp(prefix="descant-", dir="/tmp"))
        base.chmod(0o755)
        outside.append(base)
    run = base / "run"
    if not fits_sockets(run):
        holder = Path(tempfile.mkdtemp(prefix="descant-", dir="/tmp"))
        holder.chmod(0o755)
        outside.append(holder)
        run = holder / "run"
    folders = Folders(
        state=folder,
        data=make_folder(base / "data", account),
        run=make_folder(run, account),
        account=account,
    )
    return folders, outside


def reachable_tree(source: Path, folders: Folders, name: str) -> Path:
    """``source``, or a copy of it beside the data where the service account may not reach the original."""
    if can_use(source, folders.account):
        return source
    target = folders.data / name
    if not target.exists():
        partial = folders.data / f"{name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(source, partial, symlinks=True)
        partial.rename(target)
    return target
