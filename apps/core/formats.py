"""How figures of the trade are written: times, sizes, levels, ratios. Pure functions, used by templates and exports."""

from decimal import ROUND_HALF_UP, Decimal

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MISSING = "–"
MINUS = "\u2212"
_STEP = 1024
_UNITS = ("B", "KB", "MB", "GB", "TB")


def clock(seconds: float | None, *, decimals: int = 0) -> str:
    """Seconds as ``m:ss``, ``h:mm:ss`` or, with ``decimals``, ``m:ss.d``; a dash for nothing.

    >>> clock(83.46), clock(83.46, decimals=1), clock(3661)
    ('1:23', '1:23.5', '1:01:01')
    """
    if seconds is None:
        return MISSING
    rounded = _round(abs(seconds), decimals)
    whole = int(rounded)
    hours, rest = divmod(whole, 3600)
    minutes, second = divmod(rest, 60)
    text = f"{hours}:{minutes:02d}:{second:02d}" if hours else f"{minutes}:{second:02d}"
    if decimals:
        text += f"{rounded - whole:.{decimals}f}"[1:]
    return f"{MINUS}{text}" if seconds < 0 and rounded else text


def span(start_s: float, end_s: float, *, decimals: int = 0) -> str:
    """A stretch of time.

    >>> span(31.2, 41.4)
    '0:31–0:41'
    """
    return f"{clock(start_s, decimals=decimals)}–{clock(end_s, decimals=decimals)}"


def file_size(size_bytes: int | None) -> str:
    """Bytes in the largest unit that keeps three figures.

    >>> file_size(512), file_size(1536), file_size(44_040_192)
    ('512 B', '1.5 KB', '42 MB')
    """
    if size_bytes is None:
        return MISSING
    size = float(size_bytes)
    for unit in _UNITS:
        if size < _STEP or unit == _UNITS[-1]:
            break
        size /= _STEP
    decimals = 1 if unit != "B" and size < 10 else 0
    return f"{_number(size, decimals)} {unit}"


def level(value: float | None, unit: str) -> str:
    """A level such as loudness with a true minus sign: ``−14.2 LUFS``."""
    if value is None:
        return MISSING
    return f"{_number(value, 1)} {unit}"


def sample_rate(rate_hz: int | None) -> str:
    """Hertz as kilohertz: ``44.1 kHz``."""
    if rate_hz is None:
        return MISSING
    khz = rate_hz / 1000
    decimals = 0 if khz == int(khz) else len(f"{khz:.3f}".rstrip("0").split(".")[1])
    return f"{_number(khz, decimals)} kHz"


def percent(share: float | None, *, decimals: int = 0) -> str:
    """A share of one as a percentage: ``0.873`` → ``87 %``."""
    if share is None:
        return MISSING
    return f"{_number(share * 100, decimals)} %"


def tempo_change(ratio: float | None) -> str:
    """A tempo ratio in words: ``1.032`` → ``3.2 % faster``; within 0.05 % it is the same tempo."""
    if ratio is None:
        return MISSING
    change = float(_round((ratio - 1) * 100, 1))
    if not change:
        return _("same tempo")
    figure = _number(abs(change), 1)
    if change > 0:
        return _("%(figure)s %% faster") % {"figure": figure}
    return _("%(figure)s %% slower") % {"figure": figure}


def pitch_change(semitones: float | None) -> str:
    """A shift of pitch in words: ``-2`` → ``2 semitones lower``; below 0.05 it is the same pitch."""
    if semitones is None:
        return MISSING
    shift = float(_round(semitones, 1))
    if not shift:
        return _("same pitch")
    figure = _number(abs(shift), 0 if shift == int(shift) else 1)
    # Languages count whole things; a fraction is always "several".
    count = int(abs(shift)) if shift == int(shift) else 2
    if shift > 0:
        words = ngettext("%(figure)s semitone higher", "%(figure)s semitones higher", count)
    else:
        words = ngettext("%(figure)s semitone lower", "%(figure)s semitones lower", count)
    return words % {"figure": figure}


def channels(count: int | None) -> str:
    """A number of channels as people say it: mono, stereo, 5.1."""
    names = {1: _("mono"), 2: _("stereo"), 6: "5.1", 8: "7.1"}
    if count is None:
        return MISSING
    return names.get(count) or _("%(count)s channels") % {"count": count}


def _round(value: float, decimals: int) -> Decimal:
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _number(value: float, decimals: int) -> str:
    rounded = _round(value, decimals)
    text = formats.number_format(abs(rounded), decimals, use_l10n=True)
    return f"{MINUS}{text}" if rounded < 0 else text
