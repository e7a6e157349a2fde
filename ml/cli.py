"""Command line of the package: hands over to `ml.<capability>.cli`, imported only when it is asked for."""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

USAGE = "usage: python -m ml {names} VERB …   (add --help after the capability to see its verbs)"


def capabilities() -> list[str]:
    """Names of the sub-packages that bring a command line of their own."""
    here = Path(__file__).parent
    return sorted(p.parent.name for p in here.glob("*/cli.py"))


def main(argv: Sequence[str]) -> int:
    """Run one capability's command line; returns the exit status."""
    names = capabilities()
    if not argv or argv[0] not in names or find_spec(f"ml.{argv[0]}") is None:
        asked_for_help = bool(argv) and argv[0] in ("-h", "--help")
        print(USAGE.format(names="|".join(names)), file=sys.stdout if asked_for_help else sys.stderr)
        return 0 if asked_for_help else 2
    module = import_module(f"ml.{argv[0]}.cli")
    return int(module.main(list(argv[1:])))
