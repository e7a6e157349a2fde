"""UPC and EAN: the bar code of a release (GS1 General Specifications, section 7.9). Pure functions."""

import re

from django.utils.translation import gettext as _

from apps.core.errors import InvalidInput

LENGTHS = (12, 13)
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015]+")


def check_digit(digits: str) -> int:
    """The digit that completes a code: weights 3, 1, 3, … from the right.

    >>> check_digit("03600029145")
    2
    """
    total = sum(int(digit) * (3 if index % 2 == 0 else 1) for index, digit in enumerate(reversed(digits)))
    return -total % 10


def normalise_upc(text: str) -> str:
    """The digits of a UPC-A (12) or EAN-13 code; an empty text stays empty.

    Raises:
        InvalidInput: it has another form, or its last digit does not fit the others.
    """
    code = _SEPARATORS.sub("", text)
    if not code:
        return ""
    if not (code.isascii() and code.isdecimal()) or len(code) not in LENGTHS:
        raise _wrong(_("A UPC has 12 digits, an EAN 13. Copy it from the release's bar code."))
    if int(code[-1]) != check_digit(code[:-1]):
        raise _wrong(_("The last digit of this code does not fit the others: one digit is mistyped."))
    return code


def _wrong(message: str) -> InvalidInput:
    return InvalidInput(message, code="upc_malformed", fields={"upc": message})
