"""`python -m config.devstack run | test-services | smoke | check-locks | check-templates`."""

import argparse
import sys
import tempfile
from pathlib import Path

from .errors import DevstackError


def _run(_: argparse.Namespace) -> int:
    from .run import run

    return run()


def _test_services(options: argparse.Namespace) -> int:
    """Embedded services until Ctrl-C, for running single tests or a shell against them."""
    from .services import EphemeralServices
    from .supervisor import StopRequested, stop_on_signals

    with stop_on_signals(), tempfile.TemporaryDirectory(prefix="descant-") as folder:
        Path(folder).chmod(0o755)
        try:
            with EphemeralServices(options.folder or Path(folder)) as services:
                for name, value in services.environment().items():
                    print(f"export {name}={value!r}", flush=True)
                services.postgres.process.wait()  # type: ignore[union-attr]
                return 1
        except StopRequested:
            return 0


def _smoke(_: argparse.Namespace) -> int:
    from .smoke import smoke

    return smoke()


def _check_locks(_: argparse.Namespace) -> int:
    from .checks import check_locks

    return check_locks()


def _check_templates(_: argparse.Namespace) -> int:
    from .checks import check_templates

    return check_templates()


def _audit(_: argparse.Namespace) -> int:
    from .checks import audit

    return audit()


def main() -> int:
    """Parse the command line and do what it says; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m config.devstack", description=__doc__)
    commands = parser.add_subparsers(required=True)
    verbs = {
        "run": (_run, "start the whole system for this checkout, until Ctrl-C"),
        "test-services": (_test_services, "start empty services and print their addresses, until Ctrl-C"),
        "smoke": (_smoke, "start a fresh system, do the main job over HTTP, stop"),
        "check-locks": (_check_locks, "compare requirements and their locks"),
        "check-templates": (_check_templates, "compile every template"),
        "audit": (_audit, "look for known vulnerabilities in the locked packages"),
    }
    for name, (action, text) in verbs.items():
        command = commands.add_parser(name, help=text)
        command.set_defaults(action=action)
        if name == "test-services":
            command.add_argument("folder", type=Path, nargs="?", help="where to put them (default: a temporary one)")
    options = parser.parse_args()
    try:
        return int(options.action(options))
    except DevstackError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
