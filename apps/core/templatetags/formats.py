"""Filters that write figures of the trade: ``{{ asset.duration_s|clock }}``, ``{{ asset.loudness_lufs|lufs }}``."""

from django import template

from apps.core import formats

register = template.Library()

register.filter("file_size", formats.file_size)
register.filter("sample_rate", formats.sample_rate)
register.filter("tempo_change", formats.tempo_change)
register.filter("pitch_change", formats.pitch_change)
register.filter("channels", formats.channels)


@register.filter
def clock(seconds: float | None, decimals: int = 0) -> str:
    """``{{ 83.46|clock }}`` → 1:23, ``{{ 83.46|clock:1 }}`` → 1:23.5."""
    return formats.clock(seconds, decimals=decimals)


@register.filter
def percent(share: float | None, decimals: int = 0) -> str:
    """``{{ 0.873|percent }}`` → 87 %."""
    return formats.percent(share, decimals=decimals)


@register.filter
def lufs(value: float | None) -> str:
    """Integrated loudness: −14.2 LUFS."""
    return formats.level(value, "LUFS")


@register.filter
def dbtp(value: float | None) -> str:
    """True peak: −1.0 dBTP."""
    return formats.level(value, "dBTP")


@register.filter
def plain_number(value: float | str | None) -> str:
    """A number for an attribute that a program reads: a point for decimals, whatever the language."""
    return "" if value in (None, "") else str(value)


@register.filter
def modulo(value: int, by: int) -> int:
    return int(value) % by
