"""Where the embedded services keep data, sockets and logs, and who may read it."""

import hashlib
import importlib.metadata
import importlib.util
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
# Where root keeps data that an unprivileged account may read.
ROOT_DATA = Path("/var/lib/descant-dev")
SHORT_PARENT = Path("/tmp")  # noqa: S108
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
    """Eight hexadecimal digits that tell folders apart."""
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:8]


def _private_folder(parent: Path, name: str, account: Account | None) -> Path:
    """A folder of ours at a predictable place; one that someone else put there is not trusted."""
    path = parent / name
    wanted = os.geteuid() if account is None else account.uid
    if path.is_symlink() or (path.exists() and path.stat().st_uid not in {wanted, os.geteuid()}):
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
    return path


def state_folder() -> Path:
    """`.devstack/` of this checkout, or the folder that DESCANT_STATE names."""
    named = os.environ.get("DESCANT_STATE")
    return Path(named).resolve() if named else CHECKOUT / STATE_NAME


def lasting_folders(state: Path) -> Folders:
    """Folders of `make run`: in ``state``, or where the service account may read.

    Where data and sockets are is recorded in the file `location`, so that a person finds them.
    """
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DevstackError(f"Cannot create {state}: {error.strerror}. Clone Descant where you may write.") from error
    if not os.access(state, os.W_OK):
        raise DevstackError(f"{state} belongs to someone else. Run as its owner, or delete it to start afresh.")
    data = state / "data"
    account = service_account(data)
    if account is not None and not can_use(state, account):
        data = ROOT_DATA / key_of(state)
        data.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    make_folder(data, account)
    run = state / "run"
    if not fits_sockets(run) or not can_use(state, account):
        run = _private_folder(SHORT_PARENT, f"descant-{os.geteuid()}-{key_of(state)}", account)
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
        base = Path(tempfile.mkdtemp(prefix="descant-", dir=SHORT_PARENT))
        base.chmod(0o755)
        outside.append(base)
    run = base / "run"
    if not fits_sockets(run):
        holder = Path(tempfile.mkdtemp(prefix="descant-", dir=SHORT_PARENT))
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


def reachable_package(name: str, distribution: str, folders: Folders) -> Path:
    """The folder of an installed package, or a copy beside the data where the service account can't reach it.

    Raises:
        DevstackError: the package is not installed.
    """
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise DevstackError(f"The package {distribution} is not installed. Run: make install")
    source = Path(spec.submodule_search_locations[0])
    if can_use(source, folders.account):
        return source
    target = folders.data / f"{distribution}-{importlib.metadata.version(distribution)}"
    if not target.exists():
        partial = target.with_name(f"{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        # Its programs find their shared libraries by the way from one folder to the other.
        for folder in (source, source.with_name(f"{name}.libs")):
            if folder.is_dir():
                shutil.copytree(folder, partial / folder.name, symlinks=True)
        partial.rename(target)
    return target / name
