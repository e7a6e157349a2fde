"""Checks of `make check` that no tool does as it is."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from .folders import CHECKOUT

LAYERS = ("base", "ml", "dev")


def locked_versions(lock: Path) -> dict[str, Version]:
    """Versions by canonical name in a hash-locked requirements file."""
    versions: dict[str, Version] = {}
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
    """Look up the locked packages in a public advisory database; where none answers, say so and pass."""
    for service in ("pypi", "osv"):
        report = _ask(service)
        if report is None:
            continue
        asked = [package for package in report if "skip_reason" not in package]
        if not asked:
            continue
        unknown = len(report) - len(asked)
        found = [(package, advisory) for package in asked for advisory in package["vulns"]]
        for package, advisory in found:
            fixed = ", ".join(advisory["fix_versions"]) or "none yet"
            print(f"{package['name']} {package['version']}: {advisory['id']}, fixed in {fixed}", file=sys.stderr)
        print(f"{len(found)} known vulnerabilities in {len(asked)} packages ({unknown} could not be looked up).")
        return 1 if found else 0
    print("Dependency audit skipped: no advisory service can be reached from here. Run it where the internet is.")
    return 0


def _ask(service: str) -> list[dict[str, Any]] | None:
    """The packages of the lock with their advisories by pip-audit, or None when ``service`` does not answer."""
    result = subprocess.run(
        [
            sys.executable, "-m", "pip_audit", "--requirement", str(CHECKOUT / "requirements" / "dev.txt"),
            "--require-hashes", "--disable-pip", "--progress-spinner", "off", "--timeout", "20",
            "--vulnerability-service", service, "--format", "json",
        ],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    try:
        packages: list[dict[str, Any]] = json.loads(result.stdout)["dependencies"]
    except (ValueError, KeyError):
        return None
    return packages
