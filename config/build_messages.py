"""Compile the translations in `locale/` (GNU gettext's msgfmt is not needed).

python -m config.build_messages
"""

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

CHECKOUT = Path(__file__).resolve().parents[1]


def compile_catalogue(source: Path) -> bool:
    """Write the `.mo` file beside ``source`` when it is missing or older; whether it was written."""
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return False
    with source.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    partial = target.with_suffix(".mo.partial")
    with partial.open("wb") as file:
        write_mo(file, catalogue)
    partial.replace(target)
    return True


def main() -> int:
    """Compile what changed; the exit code."""
    for source in sorted(CHECKOUT.glob("locale/*/LC_MESSAGES/*.po")):
        try:
            compile_catalogue(source)
        except PoFileError as error:
            print(f"{source.relative_to(CHECKOUT)}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
