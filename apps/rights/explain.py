"""Why a result came out as it did, in words: the same on the pages, in the API and in the PDF.

Every comparison keeps how its evidence adds up (see ``apps.rights.tasks.why``): the score and what it is made of, the
probability that chance scores as high, the limit in use, and the next best that was found.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.rights.models import Check, Facet
from apps.rights.problems import problem_in_words
from apps.rights.wording import chance_value

LEAST_SHOWN = 0.05
"""What would be written as 0.0 is not written."""


class Found(Protocol):
    """What is explained: a match, or what was kept of one."""

    @property
    def facet(self) -> str: ...
    @property
    def score(self) -> float: ...
    @property
    def chance_probability(self) -> float: ...
    @property
    def threshold(self) -> float | None: ...
    @property
    def detail(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Line:
    """One figure of an explanation."""

    label: str
    value: str


@dataclass(frozen=True)
class Why:
    """An explanation: figures, and what would have changed the answer."""

    lines: tuple[Line, ...]
    outlook: str


@dataclass(frozen=True)
class FacetReport:
    """How one comparison of a check went."""

    facet: Facet
    title: str
    state: str
    compared: str
    problem: str
    model: str
    version: str
    why: Why


def model_name(facet: Facet) -> str:
    """What compared."""
    names = {
        Facet.RECORDING: _("Landmark recogniser"),
        Facet.COVER: _("Harmony and tune comparison"),
        Facet.MELODY: _("Melody comparison"),
    }
    return names[facet]


def facet_title(facet: Facet) -> str:
    names = {
        Facet.RECORDING: _("The same sound"),
        Facet.COVER: _("The same music, played differently"),
        Facet.MELODY: _("A similar melody"),
    }
    return names[facet]


def of_match(match: Found, *, compared_with: int | None) -> Why:
    """How the evidence of a match, or of what a case kept of one, adds up."""
    found = match.detail.get("why", {})
    lines = [Line(_("Score"), _score(match.facet, match.score))]
    lines += [
        Line(_part(name), _signed(match.facet, value))
        for name, value in found.get("parts", ())
        if abs(value) >= LEAST_SHOWN
    ]
    if found.get("needed") is not None:
        lines.append(Line(_("Score needed to be reported"), _score(match.facet, found["needed"])))
    lines.append(Line(_("Chance of a coincidence"), chance_value(match.chance_probability)))
    if match.threshold is not None:
        lines.append(Line(_("Reported up to a chance of"), chance_value(match.threshold)))
    lines.append(Line(_("The next best"), _runner_up(match.facet, found.get("runner_up"))))
    lines += _facts(match, found)
    if compared_with is not None:
        lines.append(Line(_("Compared with"), _compared(Facet(match.facet), compared_with)))
    return Why(tuple(lines), _outlook(match, found))


def of_check(check: Check) -> list[FacetReport]:
    """How each comparison of a check went, in the order of the facets."""
    return [_facet(facet, check.facet(facet)) for facet in Facet if check.facet(facet)]


def of_old_check(facet: Facet, check: Check) -> FacetReport:
    """A check of which only the count and the versions were kept."""
    version = " / ".join(filter(None, (check.extractor_version, check.matcher_version)))
    compared = _compared(facet, check.compared_with)
    return FacetReport(facet, facet_title(facet), "done", compared, "", model_name(facet), version, Why((), ""))


def _facet(facet: Facet, record: Mapping[str, Any]) -> FacetReport:
    done = record.get("state") == "done"
    return FacetReport(
        facet=facet,
        title=facet_title(facet),
        state=str(record.get("state", "")),
        compared=_compared(facet, int(record.get("compared_with", 0))) if done else "",
        problem="" if done else problem_in_words(record),
        model=model_name(facet),
        version=str(record.get("version", "")),
        why=_of_facet(facet, record) if done else Why((), ""),
    )


def _of_facet(facet: Facet, record: Mapping[str, Any]) -> Why:
    """Why a comparison found what it found; when it found nothing, how near the likest came."""
    nearest, threshold = record.get("nearest"), record.get("threshold")
    lines = []
    if nearest:
        lines += [
            Line(_("Score of the nearest"), _score(facet, nearest["score"])),
            Line(_("Score needed to be reported"), _score(facet, nearest["needed"])),
            Line(_("Its chance of a coincidence"), chance_value(nearest["chance"])),
        ]
    elif record.get("needed") is not None:
        lines.append(Line(_("Score needed to be reported"), _score(facet, record["needed"])))
    if threshold is not None:
        lines.append(Line(_("Reported up to a chance of"), chance_value(threshold)))
    if record.get("stretches"):
        stretches = int(record["stretches"])
        lines.append(Line(_("Heard in"), _stretches(stretches)))
    if record.get("notes") and not record.get("stretches"):
        lines.append(Line(_("Notes of the melody"), str(record["notes"])))
    return Why(tuple(lines), _facet_outlook(facet, record))


def _facet_outlook(facet: Facet, record: Mapping[str, Any]) -> str:
    if record.get("too_few_notes"):
        return _("This melody is too short to tell anything by it.")
    if not record.get("compared_with"):
        return _("There was nothing to compare with.")
    nearest = record.get("nearest")
    if not nearest:
        return ""
    missing = float(nearest["needed"]) - float(nearest["score"])
    return _(
        "The nearest thing in the registry scored %(score)s; %(missing)s more and it would have been reported. "
        "What it is stays with its owner."
    ) % {"score": _score(facet, nearest["score"]), "missing": _score(facet, max(missing, 0.0))}


def _stretches(count: int) -> str:
    """How a long recording was heard, and what that means for those who come later."""
    heard = ngettext("%(count)d stretch of ten minutes", "%(count)d stretches of ten minutes", count)
    later = _("longer than 20 minutes: later checks of others compare its sound, not this")
    return f"{heard % {'count': count}}; {later}"


def _outlook(match: Found, found: Mapping[str, Any]) -> str:
    needed = found.get("needed")
    if needed is None:
        return ""
    spare = match.score - float(needed)
    return _(
        "It would not have been reported with a score of %(less)s less, or with a limit stricter than its chance of "
        "a coincidence (%(chance)s)."
    ) % {"less": _score(match.facet, max(spare, 0.0)), "chance": chance_value(match.chance_probability)}


def _facts(match: Found, found: Mapping[str, Any]) -> list[Line]:
    lines = []
    if "agreeing_peaks" in found:
        lines.append(Line(_("Peaks that agree"), str(found["agreeing_peaks"])))
    if "aligned_notes" in found:
        lines.append(Line(_("Notes that stand side by side"), str(found["aligned_notes"])))
        lines.append(Line(_("Of them the same after transposing"), str(found.get("same_pitch", 0))))
    if "harmony_only" in found:
        lines.append(Line(_("Score by its harmony alone"), _score(match.facet, found["harmony_only"])))
        lines.append(Line(_("Score by its tune alone"), _score(match.facet, found["melody_only"])))
    if found.get("other_key"):
        lines.append(Line(_("Score in the next best key"), _score(match.facet, found["other_key"])))
    return lines


def _part(name: str) -> str:
    words = {
        "strongest_stretch": _("from the strongest stretch"),
        "further_stretches": _("from further stretches"),
        "notes_that_agree": _("from notes that agree"),
        "differences": _("less for differences and notes left out"),
        "landmarks": _("from landmarks that agree"),
        "alteration": _("less because it is altered"),
        "shortness": _("less because the stretch is short"),
        "short_query": _("less because the recording is short"),
        "few_peaks": _("less because the stretch has few peaks"),
        "whole_spectrum": _("more because the whole spectrum agrees, not its peaks alone"),
        "rival": _("less because something else fits nearly as well"),
    }
    return words.get(name, name.replace("_", " "))


def _runner_up(facet: str, found: Mapping[str, Any] | None) -> str:
    if not found:
        return _("nothing else came near")
    return _("%(score)s, chance %(chance)s") % {
        "score": _score(facet, found["score"]),
        "chance": chance_value(found["chance"]),
    }


def _score(facet: str, value: float) -> str:
    units = {Facet.MELODY: _("%(value)s bits"), Facet.RECORDING: _("%(value)s nepers")}
    return units.get(Facet(facet), "%(value)s") % {"value": f"{value:.1f}"}


def _signed(facet: str, value: float) -> str:
    sign = "−" if value < 0 else "+"
    return f"{sign}{_score(facet, abs(value))}"


def _compared(facet: Facet, count: int) -> str:
    if facet == Facet.MELODY:
        return ngettext("%(count)d melody", "%(count)d melodies", count) % {"count": count}
    return ngettext("%(count)d recording", "%(count)d recordings", count) % {"count": count}
