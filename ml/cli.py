"""Command line of the package: hands over to the `cli` module of a capability, imported only when it is asked for."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

USAGE = "usage: python -m ml {names} VERB …   (add --help after the capability to see its verbs)"


def capabilities() -> dict[str, str]:
    """Command lines by name: the packages, at any depth, that bring a `cli` module."""
    here = Path(__file__).parent
    found = sorted(path.parent for path in here.glob("**/cli.py") if path.parent != here)
    return {folder.name: ".".join(("ml", *folder.relative_to(here).parts)) for folder in found}


def main(argv: Sequence[str]) -> int:
    """Run one capability's command line; returns the exit status."""
    known = capabilities()
    if not argv or argv[0] not in known:
        asked_for_help = bool(argv) and argv[0] in ("-h", "--help")
        print(USAGE.format(names="|".join(sorted(known))), file=sys.stdout if asked_for_help else sys.stderr)
        return 0 if asked_for_help else 2
    module = import_module(f"{known[argv[0]]}.cli")
    return int(module.main(list(argv[1:])))
