"""Why a frozen finding is what it is, from what was frozen alone."""

from apps.cases.snapshot import Finding
from apps.rights import explain
from apps.rights.models import Facet


def why_found(found: Finding) -> explain.Why | None:
    """How its evidence adds up and what would have changed it; None where that was not kept (cues, old matches)."""
    if "why" not in found.detail or found.facet not in Facet.values:
        return None
    if found.score is None or found.chance_probability is None:
        return None
    return explain.of_match(_Scored(found), compared_with=None)


class _Scored:
    """A finding whose figures are known to be there."""

    def __init__(self, found: Finding) -> None:
        self.facet = found.facet
        self.score = found.score or 0.0
        self.chance_probability = found.chance_probability or 0.0
        self.threshold = found.threshold
        self.detail = found.detail
