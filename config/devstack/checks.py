"""Checks of `make check` that no tool does as it is."""

import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from .folders import CHECKOUT

LAYERS = ("base", "ml", "dev")
# What pip-audit prints when it cannot ask, as against when it finds something.
UNREACHABLE = (
    "ConnectionError", "ConnectTimeout", "ReadTimeout", "SSLError", "ProxyError", "Max retries exceeded",
    "Failed to resolve", "Name or service not known", "ServiceError", "503 ", "502 ", "504 ", "403 ",
)  # fmt: skip


def locked_versions(lock: Path) -> dict[str, Version]:
    """Versions by canonical name in a hash-locked requirements file."""
    versions = {}
    for line in lock.read_text().splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            requirement = Requirement(line.partition(" \\")[0])
            pinned = next(iter(requirement.specifier)).version
            versions[canonicalize_name(requirement.name)] = Version(pinned)
    return versions


def required(source: Path) -> list[Requirement]:
    """The requirements of one `.in` file."""
    lines = (line.partition("#")[0].strip() for line in source.read_text().splitlines())
    return [Requirement(line) for line in lines if line]


def lock_complaints(folder: Path) -> list[str]:
    """What does not fit between the `.in` files of ``folder`` and their locks; empty when all fits."""
    complaints = []
    below: dict[str, Version] = {}
    for position, layer in enumerate(LAYERS):
        locked = locked_versions(folder / f"{layer}.txt")
        for source in LAYERS[: position + 1]:
            for requirement in required(folder / f"{source}.in"):
                version = locked.get(canonicalize_name(requirement.name))
                if version is None:
                    complaints.append(f"{layer}.txt lacks {requirement.name}, which {source}.in asks for.")
                elif not requirement.specifier.contains(version, prereleases=True):
                    complaints.append(f"{layer}.txt has {requirement.name} {version}; {source}.in wants {requirement}.")
        for name, version in below.items():
            if locked.get(name) != version:
                complaints.append(f"{layer}.txt and the lock below it disagree about {name}.")
        below = locked
    return complaints


def check_locks() -> int:
    """Compare requirements/*.in with their locks; the exit code."""
    complaints = lock_complaints(CHECKOUT / "requirements")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if complaints:
        print("Renew the locks: make lock", file=sys.stderr)
        return 1
    print("Locks fit the requirements.")
    return 0


def check_templates() -> int:
    """Compile every template of the project, so that a misspelt tag is found without visiting the page."""
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    import django
    from django.template import TemplateSyntaxError, engines

    django.setup()
    engine = engines["django"]
    files = [*CHECKOUT.glob("templates/**/*.*"), *CHECKOUT.glob("apps/*/templates/**/*.*")]
    wrong = 0
    for file in sorted(files):
        try:
            engine.from_string(file.read_text())
        except TemplateSyntaxError as error:
            wrong += 1
            print(f"{file.relative_to(CHECKOUT)}: {error}", file=sys.stderr)
    print(f"{len(files) - wrong} of {len(files)} templates compile.")
    return 1 if wrong else 0


def audit() -> int:
    """Look up the locked packages in the public advisory database; offline it says so and passes."""
    result = subprocess.run(
        [
            sys.executable, "-m", "pip_audit", "--requirement", str(CHECKOUT / "requirements" / "dev.txt"),
            "--require-hashes", "--disable-pip", "--progress-spinner", "off", "--timeout", "20",
        ],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    output = f"{result.stdout}\n{result.stderr}".strip()
    if result.returncode == 0:
        print(output)
        return 0
    if any(sign in output for sign in UNREACHABLE):
        print("Dependency audit skipped: the advisory service cannot be reached from here.")
        print(f"    {output.splitlines()[-1][:200]}")
        return 0
    print(output, file=sys.stderr)
    return result.returncode
