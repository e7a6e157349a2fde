"""Why a file can't be used and what to do about it, in the reader's language.

The codes are those of the errors of ``ml.audio`` (recordings) and ``ml.similarity.melody`` (scores), and some of the
upload itself.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

FORMATS = "WAV, FLAC, AIFF, MP3, AAC/M4A, Ogg Vorbis, Opus"

_MESSAGES = {
    "not_audio": gettext_noop("This file is not audio that we can read. Upload %(formats)s."),
    "empty": gettext_noop("This file is empty: it holds no sound. Export it again and upload the new file."),
    "truncated": gettext_noop(
        "This file is cut off or damaged: only %(readable_s).1f s of it could be read. "
        "Copy or export it again from the original and upload that."
    ),
    "too_short": gettext_noop(
        "This recording lasts %(duration_s).3f s; at least %(minimum_s).0f s is needed. Upload the whole recording."
    ),
    "too_long": gettext_noop(
        "This recording lasts about %(duration_min).0f minutes; at most %(maximum_min).0f minutes are accepted. "
        "Cut it into parts and upload each."
    ),
    "silent": gettext_noop(
        "This recording is silent: nothing in it is louder than −80 dBFS. "
        "Check the export (muted channel, wrong file) and upload it again."
    ),
    "bad_samples": gettext_noop(
        "This recording holds samples that are not numbers or are far beyond full scale (near %(at_s).1f s). "
        "Export it again as 24-bit or 32-bit float and upload that."
    ),
    "encrypted": gettext_noop(
        "This file is copy-protected (DRM), so it can't be read. Upload the unprotected original."
    ),
    "unsupported": gettext_noop(
        "This audio can't be used (%(detail)s). Export it as WAV or FLAC, 8–192 kHz, mono to 7.1, and upload that."
    ),
    "too_large": gettext_noop(
        "This file has %(size_mb).0f MB; at most %(maximum_mb).0f MB are accepted. "
        "Export it as FLAC, which is smaller and loses nothing, and upload that."
    ),
    "file_missing": gettext_noop("The stored file can't be found any more. Upload the recording again."),
}
_UNKNOWN = gettext_noop("This file can't be used. Export it again as WAV or FLAC and upload that.")

SCORE_FORMATS = "MIDI (.mid), MusicXML (.musicxml, .xml, .mxl)"

_SCORE_MESSAGES = {
    "not_a_score": gettext_noop("This file is no score that we can read. Upload %(formats)s."),
    "empty": gettext_noop("This file is empty. Export the score again and upload the new file."),
    "damaged": gettext_noop(
        "This score is cut off or damaged, so it can't be read. Export it again from your notation program."
    ),
    "no_notes": gettext_noop("This score holds no notes. Check that the right file was exported and upload it again."),
    "drums_only": gettext_noop(
        "This score holds only percussion, so there is no melody to compare. Add the melody's part and upload it again."
    ),
    "unsafe": gettext_noop(
        "This file holds constructions that no score needs and that can do harm. "
        "Open it in your notation program, export it again and upload that."
    ),
    "unsupported": gettext_noop(
        "This kind of score can't be read: %(detail)s Export it as an ordinary MIDI file or as MusicXML."
    ),
    "too_large": gettext_noop(
        "This file has %(size_mb).0f MB; a score has at most %(maximum_mb).0f MB. "
        "Upload the score alone, one piece at a time."
    ),
    "too_many_notes": gettext_noop(
        "This score is larger than we compare at once. Split it into its movements and upload each."
    ),
    "file_missing": gettext_noop("The stored file can't be found any more. Upload the score again."),
}
_SCORE_UNKNOWN = gettext_noop("This score can't be used. Export it again as MIDI or MusicXML and upload that.")


def rejection_message(code: str, params: Mapping[str, Any]) -> str:
    """The sentence for one rejection; empty without a code."""
    values = {
        "formats": FORMATS,
        "duration_min": float(params.get("duration_s", 0)) / 60,
        "maximum_min": float(params.get("maximum_s", 0)) / 60,
        **params,
    }
    return _filled(code, values, _MESSAGES, _UNKNOWN)


def score_message(code: str, params: Mapping[str, Any]) -> str:
    """The sentence for one rejected score; empty without a code."""
    return _filled(code, {"formats": SCORE_FORMATS, **params}, _SCORE_MESSAGES, _SCORE_UNKNOWN)


def _filled(code: str, values: Mapping[str, Any], messages: Mapping[str, str], unknown: str) -> str:
    if not code:
        return ""
    try:
        return _(messages.get(code, unknown)) % values
    except (KeyError, TypeError, ValueError):
        return _(unknown)
