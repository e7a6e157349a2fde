"""Sentences about matches, the same on the page, in the PDF and in lists. They speak of similarity, never of guilt."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.formats import percent, pitch_change, span, tempo_change
from apps.core.roll_words import bars_in_words
from apps.rights import problems
from apps.rights.models import Check, Direction, Facet, Match, MatchKind
from apps.rights.selectors import MatchReport, OtherSide, SegmentReport

SAME_TEMPO_WITHIN = 0.0005
SAME_PITCH_WITHIN = 0.05
ONE_IN_SHOWN_ABOVE = 1e-12


def headline(report: MatchReport) -> str:
    """How sure and what kind: “Very likely the same recording”."""
    kind = report.match.kind
    words = {
        ("likely", MatchKind.SAME_RECORDING): _("Very likely the same recording"),
        ("possible", MatchKind.SAME_RECORDING): _("Possibly the same recording"),
        ("unsure", MatchKind.SAME_RECORDING): _("Perhaps the same recording, but this may be chance"),
        ("likely", MatchKind.EXCERPT): _("Very likely an excerpt of the same recording"),
        ("possible", MatchKind.EXCERPT): _("Possibly an excerpt of the same recording"),
        ("unsure", MatchKind.EXCERPT): _("Perhaps an excerpt of the same recording, but this may be chance"),
        ("likely", MatchKind.ALTERED): _("Very likely the same recording, altered"),
        ("possible", MatchKind.ALTERED): _("Possibly the same recording, altered"),
        ("unsure", MatchKind.ALTERED): _("Perhaps the same recording, altered, but this may be chance"),
        ("likely", MatchKind.COVER): _("Very likely the same music, played differently"),
        ("possible", MatchKind.COVER): _("Possibly the same music, played differently"),
        ("unsure", MatchKind.COVER): _("Perhaps the same music, but this may be chance"),
        ("likely", MatchKind.MELODY): _("Very likely the same melody"),
        ("possible", MatchKind.MELODY): _("Possibly the same melody"),
        ("unsure", MatchKind.MELODY): _("Perhaps the same melody, but this may be chance"),
    }
    return words[report.sureness, MatchKind(kind)]


def verdict_sentence(report: MatchReport) -> str:
    """The answer in full: what is like what, whose it is, and how it was changed."""
    if not report.segments:
        return _("%(headline)s: “%(track)s” and %(other)s.") % {
            "headline": headline(report),
            "track": report.match.title,
            "other": other_in_words(report.other),
        }
    main = report.segments[0]
    own, theirs = places(report)
    sentence = _("%(headline)s: %(own)s of your track is like %(theirs)s of %(other)s.")
    if report.match.about_work:
        sentence = _("%(headline)s: %(own)s of your work is like %(theirs)s of %(other)s.")
    parts = [
        sentence % {"headline": headline(report), "own": own, "theirs": theirs, "other": other_in_words(report.other)}
    ]
    further = len(report.segments) - 1
    if further:
        parts.append(
            ngettext("%(count)d further stretch is alike.", "%(count)d further stretches are alike.", further)
            % {"count": further}
        )
    changes = changes_in_words(main.tempo_ratio, main.pitch_semitones)
    if changes:
        parts.append(_("Yours is %(changes)s.") % {"changes": changes})
    return " ".join(parts)


def places(report: MatchReport) -> tuple[str, str]:
    """Where the strongest stretch lies on both sides: bars of scores that have bars, else times."""
    main, detail = report.segments[0], report.match.detail
    own = bars_in_words(detail.get("own", {})) or span(main.own_start_s, main.own_end_s)
    theirs = bars_in_words(detail.get("other", {})) or span(main.other_start_s, main.other_end_s)
    return own, theirs


def other_in_words(other: OtherSide) -> str:
    """The other recording with its owner: “X” by Y, registered by Z."""
    title = _("“%(title)s” by %(artist)s") if other.artist else _("“%(title)s”")
    named = title % {"title": other.title, "artist": other.artist}
    if other.already_ours:
        return _("%(recording)s in your own catalogue") % {"recording": named}
    owned = _("%(recording)s, registered by %(organisation)s")
    if not other.registered:
        owned = _("%(recording)s, checked by %(organisation)s and not registered yet")
    return owned % {"recording": named, "organisation": other.organisation}


def changes_in_words(tempo_ratio: float | None, pitch_semitones: float) -> str:
    """How ours differs: “4.0 % faster and 1 semitone higher”; empty when it does not."""
    changes = []
    if tempo_ratio is not None and abs(tempo_ratio - 1.0) >= SAME_TEMPO_WITHIN:
        changes.append(tempo_change(tempo_ratio))
    if abs(pitch_semitones) >= SAME_PITCH_WITHIN:
        changes.append(pitch_change(pitch_semitones))
    return _(" and ").join(changes)


def kind_in_words(report: MatchReport) -> str:
    """The kind with how it was altered: “Altered: faster, transposed up”."""
    match = report.match
    kind = str(MatchKind(match.kind).label)
    alterations = alterations_in_words(match.alterations)
    return f"{kind}: {alterations}" if alterations else kind


def alterations_in_words(alterations: Sequence[str]) -> str:
    words = {"faster": _("faster"), "slower": _("slower"), "higher": _("transposed up"), "lower": _("transposed down")}
    return ", ".join(words.get(name, name) for name in alterations)


def chance_in_words(probability: float) -> str:
    """The figure behind “how sure”."""
    return _("Chance of a coincidence: %(chance)s") % {"chance": chance_value(probability)}


def chance_value(probability: float) -> str:
    """A probability as people say it: “1 in 5,000”, “3.2 %”."""
    if probability <= 0 or probability < ONE_IN_SHOWN_ABOVE:
        return _("below 1 in a million million")
    if probability >= 0.01:
        return percent(probability, decimals=1)
    return _("1 in %(number)s") % {"number": f"{_rounded(1 / probability):,}"}


def answer_of_check(check: Check, found: Sequence[Match]) -> str:
    """The answer of a check in one or two sentences; it leads with the kind that is strongest.

    What could not be compared is always said.
    """
    others = [match for match in found if not match.already_ours]
    left = problems.not_compared(check)
    if not others and left:
        text = _("Nothing similar was found so far, but not everything could be compared: %(left)s is missing.")
        return text % {"left": _(" and ").join(left)}
    if not others:
        return _("Nothing similar is in the registry.")
    said = []
    for facet in Facet:
        count = sum(match.facet == facet for match in others)
        if count:
            said.append(_found_in_words(facet, count))
    answer = _("%(found)s. Read each report and decide.") % {"found": "; ".join(said)}
    if left:
        answer += " " + _("Not everything could be compared: %(left)s is missing.") % {"left": _(" and ").join(left)}
    return answer


def _found_in_words(facet: Facet, count: int) -> str:
    if facet == Facet.RECORDING:
        text = ngettext(
            "%(count)d similar recording is in the registry",
            "%(count)d similar recordings are in the registry",
            count,
        )
    elif facet == Facet.COVER:
        text = ngettext(
            "%(count)d recording plays similar music",
            "%(count)d recordings play similar music",
            count,
        )
    else:
        text = ngettext("%(count)d similar melody is registered", "%(count)d similar melodies are registered", count)
    return text % {"count": count}


def compared_in_words(check: Check) -> str:
    """The figure behind a check's answer: how much it was compared with."""
    if check.about_work:
        text = ngettext("Compared with %(count)d melody", "Compared with %(count)d melodies", check.compared_with)
    else:
        text = ngettext("Compared with %(count)d recording", "Compared with %(count)d recordings", check.compared_with)
    return text % {"count": check.compared_with}


def drawn_in_words(facet: Facet) -> str:
    """What of the aligned stretches both sides see drawn, whether or not sound is shared."""
    words = {
        Facet.RECORDING: _("the landmarks of the aligned stretches"),
        Facet.COVER: _("harmony and tune of the aligned stretches"),
        Facet.MELODY: _("the notes of the aligned stretch"),
    }
    return words[facet]


def direction_in_words(direction: str) -> str:
    if direction == Direction.INCOMING:
        return _("Found by another label’s check")
    return _("Found by your check")


def shares_in_words(report: MatchReport) -> str:
    return _("%(own)s of yours and %(other)s of the other are covered.") % {
        "own": percent(report.match.own_share),
        "other": percent(report.match.other_share),
    }


def sureness_in_words(degree: str) -> str:
    """The strength of a match as one word."""
    words = {"likely": _("likely"), "possible": _("possible"), "unsure": _("unsure")}
    return words[degree]


def segment_shares(report: MatchReport, segment: SegmentReport) -> tuple[float | None, float | None]:
    """The part of each side that one stretch covers, 0–1. Of melodies, the share of their notes."""
    if report.match.facet == Facet.MELODY:
        return report.match.own_share, report.match.other_share
    own_duration = report.asset.duration_s if report.asset else None
    own = segment.own_seconds / own_duration if own_duration else None
    other_seconds = segment.other_end_s - segment.other_start_s
    other = other_seconds / report.other.duration_s if report.other.duration_s else None
    return own and min(own, 1.0), other and min(other, 1.0)


def _rounded(number: float) -> int:
    """Two significant figures: more would claim too much."""
    return round(round(number), 2 - len(str(round(number))))
