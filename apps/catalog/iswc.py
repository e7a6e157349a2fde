"""ISWC: the International Standard Musical Work Code (ISO 15707:2001). Pure functions.

The letter T, nine digits and a check digit: ``T-034.524.680-1``. Stored without separators.
"""

import re
import unicodedata

from django.utils.translation import gettext as _

from apps.core.errors import InvalidInput

LENGTH = 11
EXAMPLE = "T-034.524.680-1"
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212._]+")


def normalise_iswc(text: str) -> str:
    """The eleven characters of an ISWC; an empty text stays empty.

    Lower case, spaces, hyphens, dots, full-width letters and a leading ``ISWC`` are taken as what they mean.

    Raises:
        InvalidInput: it is no ISWC; the message says what is wrong with it.

    >>> normalise_iswc("ISWC t-034.524.680-1")
    'T0345246801'
    """
    code = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()
    code = code.removeprefix("ISWC").removeprefix(":")
    message = _why_not(code) if code else ""
    if message:
        raise InvalidInput(message, code="iswc_malformed", fields={"iswc": message})
    return code


def format_iswc(code: str) -> str:
    """With its separators, as people read it.

    >>> format_iswc("T0345246801")
    'T-034.524.680-1'
    """
    if len(code) != LENGTH:
        return code
    return f"{code[0]}-{code[1:4]}.{code[4:7]}.{code[7:10]}-{code[10]}"


def check_digit(digits: str) -> int:
    """The last digit of an ISWC whose nine others are given (ISO 15707, annex B).

    One, and each digit times its place from one to nine, add up with the check digit to a multiple of ten.

    >>> check_digit("034524680")
    1
    """
    total = 1 + sum(place * int(digit) for place, digit in enumerate(digits, start=1))
    return -total % 10


def _why_not(code: str) -> str:
    if len(code) != LENGTH or not code.isascii():
        return _("An ISWC has 11 characters, for example %(example)s; this one has %(count)d.") % {
            "example": EXAMPLE,
            "count": len(code),
        }
    if code[0] != "T" or not code[1:].isdigit():
        return _("An ISWC is the letter T and ten digits, for example %(example)s.") % {"example": EXAMPLE}
    if int(code[10]) != check_digit(code[1:10]):
        return _("The last digit of this ISWC does not fit the others, so one of them is mistyped.")
    return ""
