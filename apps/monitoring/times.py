"""Times of cue sheets as people type them and as exports write them. Pure functions."""

import re
from decimal import Decimal

_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d{1,4}):)?(\d+)(?:[.,](\d{1,3}))?")
CUE_FRAMES = 75
"""Frames in a second of a CUE file."""


def parse_clock(text: str) -> float | None:
    """Seconds of “1:02:03.5”, “2:03” or “83.5”; None for anything else.

    >>> parse_clock("1:02:03.5"), parse_clock("2:03"), parse_clock("83,5"), parse_clock("x")
    (3723.5, 123.0, 83.5, None)
    """
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, seconds, fraction = found.groups()
    if minutes is not None and int(seconds) > 59:
        return None
    if hours is not None and int(minutes) > 59:
        return None
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds)
    return whole + (float(f"0.{fraction}") if fraction else 0.0)


def timecode(seconds: float) -> str:
    """Hours, minutes and seconds, rounded: ``01:02:03``.

    >>> timecode(3723.5), timecode(59.96)
    ('01:02:04', '00:01:00')
    """
    whole = int(Decimal(str(seconds)).quantize(Decimal(1), "ROUND_HALF_UP"))
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def cue_index(seconds: float) -> str:
    """Minutes, seconds and frames of a CUE file: ``62:03:37``.

    >>> cue_index(3723.5), cue_index(0.999)
    ('62:03:37', '00:00:74')
    """
    frames = int(Decimal(str(seconds)) * CUE_FRAMES)
    return f"{frames // CUE_FRAMES // 60:02d}:{frames // CUE_FRAMES % 60:02d}:{frames % CUE_FRAMES:02d}"
