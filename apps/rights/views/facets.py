"""What a check's page shows of its comparisons and of what changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.rights import explain, selectors, wording
from apps.rights.models import Check, Facet, Match, MatchState
from apps.rights.views.links import match_link

CHANGES = ("found", "gone", "stronger", "weaker")


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
    """One comparison with what it found."""

    report: explain.FacetReport
    matches: Sequence[MatchRow]


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
    reports = explain.of_check(check) or _of_before(check)
    return [
        FacetRow(report, [match_row(slug, match) for match in _strongest(found) if match.facet == report.facet])
        for report in reports
    ]


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
