"""ISRC: the International Standard Recording Code (ISO 3901:2019). Pure functions.

Two letters of a prefix, three letters or digits that complete it, two digits of the year, five of a designation:
``QZ-ABC-26-00001``. Stored without hyphens.
"""

import re
import unicodedata

from django.utils.translation import gettext as _

from apps.core.errors import InvalidInput

LENGTH = 12
_FORM = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212._]+")
_PREFIX = re.compile(r"^ISRC(?=[A-Z]{2}[A-Z0-9]{3})")


def normalise_isrc(text: str) -> str:
    """The twelve characters of an ISRC; an empty text stays empty.

    Lower case, spaces, hyphens, full-width letters and a leading ``ISRC`` are taken as what they mean.

    Raises:
        InvalidInput: it is no ISRC; the message says what is wrong with it.

    >>> normalise_isrc(" us-s1z-99-00001 ")
    'USS1Z9900001'
    """
    code = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper().removeprefix("ISRC:")
    if len(code) > LENGTH:
        code = _PREFIX.sub("", code)
    if not code or _FORM.fullmatch(code):
        return code
    message = _why_not(code)
    raise InvalidInput(message, code="isrc_malformed", fields={"isrc": message})


def format_isrc(code: str) -> str:
    """With hyphens, as people read it.

    >>> format_isrc("USS1Z9900001")
    'US-S1Z-99-00001'
    """
    if len(code) != LENGTH:
        return code
    return f"{code[:2]}-{code[2:5]}-{code[5:7]}-{code[7:]}"


def _why_not(code: str) -> str:
    if not re.fullmatch(r"[A-Z0-9]+", code):
        return _("An ISRC holds only letters A–Z and digits, for example QZ-ABC-26-00001.")
    if len(code) != LENGTH:
        return _("An ISRC has 12 characters, for example QZ-ABC-26-00001; this one has %(count)d.") % {
            "count": len(code)
        }
    if not code[:2].isalpha():
        return _("An ISRC starts with two letters, for example QZ-ABC-26-00001.")
    return _("An ISRC ends in seven digits: two of the year and five of the recording, for example QZ-ABC-26-00001.")
