"""What a check's page shows of its comparisons and of what changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.rights import explain, selectors, wording
from apps.rights.models import Check, Facet, Match, MatchState
from apps.rights.views.links import match_link

CHANGES = ("found", "gone", "stronger", "weaker")
MOST_SHOWN = 8
"""So many matches of a comparison are read at once; the others are folded away."""


@dataclass(frozen=True)
class MatchRow:
    """One match in a list, with its strength in words and the figure behind it."""

    match: Match
    sureness: str
    figure: str
    change: str
    page: str


@dataclass(frozen=True)
class FacetRow:
    """One comparison with what it found: the strongest first, and those that are folded away when there are many.

    listed: where all of them stand in a list that can be sorted and filtered.
    """

    report: explain.FacetReport
    matches: Sequence[MatchRow]
    weaker: Sequence[MatchRow] = ()
    listed: str = ""


@dataclass(frozen=True)
class ChangeRow:
    """Something that is different from the check before."""

    what: str
    kind: str
    title: str
    owner: str
    before: str
    after: str
    page: str


@dataclass(frozen=True)
class VersionRow:
    """A comparison that was made with another version."""

    facet: str
    before: str
    after: str


@dataclass(frozen=True)
class Changes:
    """Everything that is different from the check before."""

    rows: Sequence[ChangeRow]
    versions: Sequence[VersionRow]
    prints: Sequence[VersionRow]
    same: int


def facet_rows(slug: str, check: Check, found: Sequence[Match]) -> list[FacetRow]:
    """The comparisons in order, each with its matches, strongest first."""
    rows = []
    for report in explain.of_check(check) or _of_before(check):
        of_facet = [match_row(slug, match) for match in _strongest(found) if match.facet == report.facet]
        query = urlencode({"text": check.subject.title, "facet": report.facet.value, "sort": "sure"})
        listed = f"{reverse('rights:matches', kwargs={'slug': slug})}?{query}"
        rows.append(FacetRow(report, of_facet[:MOST_SHOWN], of_facet[MOST_SHOWN:], listed))
    return rows


def match_row(slug: str, match: Match) -> MatchRow:
    return MatchRow(
        match,
        wording.sureness_in_words(selectors.sureness(match)),
        wording.chance_in_words(match.chance_probability),
        wording.changes_in_words(match.tempo_ratio, match.pitch_semitones),
        match_link(slug, match),
    )


def changes_shown(slug: str, check: Check) -> Changes | None:
    """What changed since the previous check; None for a first one."""
    if not check.changes:
        return None
    rows = [_change(slug, what, entry) for what in CHANGES for entry in check.changes.get(what, ())]
    return Changes(rows, _versions(check, "versions"), _versions(check, "prints"), int(check.changes.get("same", 0)))


def _versions(check: Check, which: str) -> list[VersionRow]:
    kept = check.changes.get(which, {})
    return [
        VersionRow(str(facet.label), kept[facet.value][0] or _("none"), kept[facet.value][1] or _("none"))
        for facet in Facet
        if facet.value in kept
    ]


def earlier_findings(check: Check, found: Sequence[Match]) -> list[dict[str, Any]]:
    """What an older check found that a newer one has taken over or no longer finds."""
    standing = {str(match.id) for match in found}
    return [entry for entry in check.findings if entry["match"] not in standing]


def change_name(what: str) -> str:
    names = {
        "found": _("found now"),
        "gone": _("no longer found"),
        "stronger": _("stronger"),
        "weaker": _("weaker"),
    }
    return names[what]


def _change(slug: str, what: str, entry: dict[str, Any]) -> ChangeRow:
    now = wording.chance_value(entry["chance"])
    before = wording.chance_value(entry["chance_before"]) if "chance_before" in entry else ""
    gone = what == "gone"
    standing = Match.objects.filter(id=entry["match"]).exclude(state=MatchState.SUPERSEDED).first()
    return ChangeRow(
        what=change_name(what),
        kind=str(Facet(entry["facet"]).label),
        title=entry["title"],
        owner=entry["organisation"],
        before=now if gone else before,
        after="" if gone else now,
        page=match_link(slug, standing) if standing else "",
    )


def _strongest(found: Sequence[Match]) -> list[Match]:
    return sorted(found, key=lambda match: (match.chance_probability, -match.score))


def _of_before(check: Check) -> list[explain.FacetReport]:
    """A check of before there was more than one comparison."""
    if not check.verdict:
        return []
    facet = Facet.MELODY if check.about_work else Facet.RECORDING
    return [explain.of_old_check(facet, check)]
