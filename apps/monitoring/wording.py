"""Words for what a cue sheet shows, the same on pages and on paper."""

from django.utils.translation import gettext as _

from apps.core.formats import pitch_change, tempo_change
from apps.monitoring.models import Cue
from apps.monitoring.selectors import Gap, sureness

SAME_TEMPO_WITHIN, SAME_PITCH_WITHIN = 0.0005, 0.05


def changes_in_words(cue: Cue) -> str:
    """How the broadcast differs from the track; a dash when nobody measured it."""
    if cue.tempo_ratio is None or cue.pitch_semitones is None:
        return "–"
    changes = []
    if abs(cue.tempo_ratio - 1.0) >= SAME_TEMPO_WITHIN:
        changes.append(tempo_change(cue.tempo_ratio))
    if abs(cue.pitch_semitones) >= SAME_PITCH_WITHIN:
        changes.append(pitch_change(cue.pitch_semitones))
    return _(" and ").join(changes) or _("unchanged")


def sureness_in_words(cue: Cue) -> str:
    """How sure a cue is, or that somebody added it."""
    words = {"likely": _("likely"), "possible": _("possible"), "unsure": _("unsure")}
    return words.get(sureness(cue.chance_probability), _("by hand"))


def by_in_words(cue: Cue) -> str:
    """Artist and label, or that it is ours."""
    label = _("ours") if cue.already_ours else cue.label
    return " · ".join(part for part in (cue.artist, label) if part)


def gap_in_words(gap: Gap) -> str:
    """What is known of a stretch without a cue."""
    return _("Silence") if gap.silent else _("Unknown")
