"""What a check found, kept for later, and how it differs from the check before."""

from math import log10
from typing import Any

from apps.rights.models import Check, Facet, Match

Finding = dict[str, Any]

DECADES = 1.0
"""A match counts as stronger or weaker when its chance probability changed by this power of ten, or more."""
SMALLEST = 1e-12
"""Below this, chance probabilities say the same."""


def finding(match: Match) -> Finding:
    """What is kept of a match with the check that found it."""
    return {
        "match": str(match.id),
        "pair": str(match.pair_id),
        "facet": match.facet,
        "kind": match.kind,
        "title": match.other_title,
        "artist": match.other_artist,
        "organisation": match.other_organisation,
        "already_ours": match.already_ours,
        "score": match.score,
        "chance": match.chance_probability,
        "version": match.version,
        "folded": sorted(match.detail.get("folded", {})),
    }


def findings_of(check: Check) -> list[Finding]:
    """What a check found; checks of before findings were kept have their matches only."""
    if check.findings or check.facets:
        return list(check.findings)
    return [finding(match) for match in Match.objects.filter(check_run=check)]


def versions_of(check: Check) -> dict[str, str]:
    """Version of the print, and of the model, calibration and index, of each comparison that did not fail."""
    if not check.facets:
        joined = " / ".join(filter(None, (check.extractor_version, check.matcher_version)))
        return {Facet.RECORDING.value: joined} if joined else {}
    return {
        name: named(facet.get("print", ""), facet["version"])
        for name, facet in check.facets.items()
        if facet.get("version")
    }


def named(printed: str, version: str) -> str:
    """One name for how something was heard and how it was compared."""
    return " · ".join(filter(None, (printed, version)))


def compare(previous: Check, before: list[Finding], check: Check) -> dict[str, Any]:
    """What is different: found now, no longer found, stronger, weaker; and the versions before and after.

    Only comparisons that were made are compared: what failed this time is not "no longer found".
    """
    ran = {name for name, facet in check.facets.items() if facet.get("state") == "done"}
    known = {(entry["pair"], entry["facet"]): entry for entry in before}
    now = {(entry["pair"], entry["facet"]): entry for entry in check.findings}
    folded = {(entry["pair"], facet) for entry in check.findings for facet in entry["folded"]}
    was_folded = {(entry["pair"], facet) for entry in before for facet in entry.get("folded", ())}
    both = [(known[key], entry) for key, entry in now.items() if key in known]
    return {
        "previous": str(previous.id),
        "found": [entry for key, entry in now.items() if key not in known and key not in was_folded],
        "gone": [entry for key, entry in known.items() if key not in now and key not in folded and key[1] in ran],
        "stronger": [_changed(old, new) for old, new in both if strength(new) - strength(old) >= DECADES],
        "weaker": [_changed(old, new) for old, new in both if strength(old) - strength(new) >= DECADES],
        "same": sum(abs(strength(new) - strength(old)) < DECADES for old, new in both),
        "versions": _versions(previous, check),
        "prints": {
            name: [facet["print_before"], facet["print"]]
            for name, facet in check.facets.items()
            if facet.get("print_before")
        },
    }


def differs(changes: dict[str, Any]) -> bool:
    """Whether anything was found, lost, or changed in strength."""
    return any(changes.get(name) for name in ("found", "gone", "stronger", "weaker"))


def strength(entry: Finding) -> float:
    """How little chance explains a finding, in powers of ten."""
    return -log10(max(float(entry["chance"]), SMALLEST))


def _changed(old: Finding, new: Finding) -> Finding:
    return new | {"chance_before": old["chance"], "score_before": old["score"]}


def _versions(previous: Check, check: Check) -> dict[str, list[str]]:
    before, after = versions_of(previous), versions_of(check)
    return {
        name: [before.get(name, ""), after.get(name, "")]
        for name in sorted({*before, *after})
        if before.get(name, "") != after.get(name, "")
    }
