"""Why a comparison was not made, in words. Rows keep the code, so that everybody reads it in their own language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.rights.models import Check, Facet


def problem_in_words(record: Mapping[str, Any]) -> str:
    """The reason why a comparison failed or makes no sense; ``record`` is one of ``Check.facets``."""
    reasons = {
        "internal_error": _(
            "This comparison did not finish: something went wrong on our side. Nothing is known from it."
        ),
        "too_long": _(
            "Longer than 20 minutes: in this check only the sound of the whole was compared. Check again for the rest."
        ),
        "too_short": _("Too short: music is compared from five seconds on."),
        "no_melody": _("No lead voice was heard that could be compared."),
    }
    code = str(record.get("error_code", ""))
    return reasons.get(code) or str(record.get("error_message", "")) or reasons["internal_error"]


def not_compared(check: Check) -> list[str]:
    """What of a check could not be compared although it should have been: names for the middle of a sentence."""
    names = {
        Facet.RECORDING: _("the comparison of sound"),
        Facet.COVER: _("the comparison of music"),
        Facet.MELODY: _("the comparison of melodies"),
    }
    return [names[facet] for facet in check.failed_facets]


def what_was_compared(check: Check) -> str:
    """What a check compared, and what made no sense for this recording or score; empty for checks of long ago."""
    names = {Facet.RECORDING: _("sound"), Facet.COVER: _("music"), Facet.MELODY: _("melody")}
    done = [names[facet] for facet in Facet if check.facet(facet).get("state") == "done"]
    skipped = [names[facet] for facet in Facet if check.facet(facet).get("state") == "skipped"]
    said = ", ".join(done)
    if skipped:
        said += " " + _("(not applicable: %(names)s)") % {"names": ", ".join(skipped)}
    return said
