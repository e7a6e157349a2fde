"""What the report's components are given, made from a match report."""

from dataclasses import dataclass
from math import ceil

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.display import (
    Alignment,
    Excerpt,
    LandmarkPicture,
    Segment,
    Side,
    Spectrogram,
    TimelineItem,
    Verdict,
)
from apps.core.formats import percent, span
from apps.core.melodies import melodies
from apps.core.piano_roll import PianoRoll
from apps.core.roll_words import bars_in_words
from apps.rights import explain, wording
from apps.rights.models import DecisionKind, Direction, EvidenceFile, Facet
from apps.rights.selectors import MatchReport, SegmentReport, landmarks
from apps.rights.views.links import audio_link, peaks_link

MAX_LINKS = 1_000

DECISION_ICONS = {
    DecisionKind.OWN_OR_LICENSED: "badge-check",
    DecisionKind.DISPUTE: "scale",
    DecisionKind.WITHDRAW: "archive",
}

kind = wording.kind_in_words
shares = wording.shares_in_words


def direction(report: MatchReport) -> str:
    return wording.direction_in_words(report.match.direction)


def verdict(report: MatchReport) -> Verdict:
    """The answer in words, how sure, which model, and what to do if it is wrong."""
    match = report.match
    recorded = " / ".join(filter(None, (report.extractor_version, report.matcher_version)))
    return Verdict(
        answer=wording.verdict_sentence(report),
        sureness=report.sureness,  # type: ignore[arg-type]
        figure=wording.chance_in_words(match.chance_probability),
        model=explain.model_name(Facet(match.facet)),
        version=match.version if match.facet != Facet.RECORDING and match.version else recorded or match.version,
        computed_at=report.checked_at,
        wrong=_("listen to both sides, then decide below and give your reason"),
        wrong_href="#decide",
        tone="attention",
    )


def alignment(slug: str, report: MatchReport) -> Alignment | None:
    """Both sides for the A/B player: ours whole, theirs as far as it is shared. None where a side is a score."""
    if report.match.about_work or report.other.is_work:
        return None
    other = report.other
    own_duration = (report.asset.duration_s if report.asset else None) or 0.0
    return Alignment(
        query=Side(
            report.match.title,
            by=_("you"),
            duration_s=own_duration,
            audio_url=audio_link(slug, report.asset),
            peaks_url=peaks_link(slug, report.asset),
        ),
        reference=Side(
            other.title,
            by=_("you") if other.already_ours else other.organisation,
            duration_s=other.duration_s,
            excerpts=tuple(
                Excerpt(index, _evidence_link(slug, segment.other_excerpt), segment.other_excerpt.start_s)
                for index, segment in enumerate(report.segments)
                if segment.other_excerpt
            ),
        ),
        segments=tuple(
            Segment(
                segment.own_start_s,
                segment.own_end_s,
                segment.other_start_s,
                segment.other_end_s,
                tempo_ratio=segment.tempo_ratio or 1.0,
                pitch_semitones=segment.pitch_semitones,
                probability=segment.confidence,
            )
            for segment in report.segments
        ),
    )


@dataclass(frozen=True)
class Sound:
    """A stretch of the other side's recording that may be heard."""

    url: str
    duration_s: float
    span: str


@dataclass(frozen=True)
class Folded:
    """A further comparison that says the same of a pair."""

    model: str
    chance: str
    version: str


@dataclass(frozen=True)
class SegmentRow:
    """One line of the table of stretches."""

    number: int
    segment: SegmentReport
    own_share: float | None
    other_share: float | None
    chosen: bool
    picture_link: str
    own_bars: str = ""
    other_bars: str = ""


def segment_rows(slug: str, report: MatchReport, chosen: int) -> list[SegmentRow]:
    address = reverse("rights:match", kwargs={"slug": slug, "match_id": report.match.id})
    detail = report.match.detail
    bars = [bars_in_words(detail.get(side, {})) for side in ("own", "other")]
    rows = []
    for index, segment in enumerate(report.segments):
        own, other = wording.segment_shares(report, segment)
        link = f"{address}?stretch={index + 1}#landmarks" if segment.landmarks else ""
        rows.append(SegmentRow(index + 1, segment, own, other, index == chosen, link, *bars))
    return rows


def pieces(report: MatchReport) -> list[dict[str, str]]:
    """The stretches of a cover that agree best, in words."""
    return [
        {
            "own": span(piece["own"]["start_s"], piece["own"]["end_s"]),
            "other": span(piece["other"]["start_s"], piece["other"]["end_s"]),
            "harmony": percent(max(piece["harmony"], 0.0)),
            "melody": percent(max(piece["melody"], 0.0)),
        }
        for piece in report.match.detail.get("pieces", ())
    ]


def landmark_picture(slug: str, report: MatchReport, chosen: int) -> LandmarkPicture | None:
    """Both spectrograms of one stretch with their matching landmarks; None while they are not there."""
    if chosen >= len(report.segments):
        return None
    segment = report.segments[chosen]
    own, other, marks = segment.own_spectrogram, segment.other_spectrogram, segment.landmarks
    if not (own and other and marks):
        return None
    try:
        found = landmarks(marks)
    except FileNotFoundError:
        return None
    points = found["points"]
    step = max(1, ceil(len(points) / MAX_LINKS))
    return LandmarkPicture(
        query=_spectrogram(slug, own, report.match.title),
        reference=_spectrogram(slug, other, report.other.title),
        links=tuple(tuple(point) for point in points[::step]),
        low_hz=float(found["min_hz"]),
        high_hz=float(found["max_hz"]),
    )


def melody_roll(report: MatchReport) -> PianoRoll | None:
    """Both melodies above one another, with lines between the notes that belong together."""
    other = report.other
    by = _("you") if other.already_ours else other.organisation
    return melodies(report.match.detail, own=report.match.title, own_by=_("you"), other=other.title, other_by=by)


def sounds(slug: str, report: MatchReport) -> list[Sound]:
    """The other side's recording where a melody is like ours, as far as it is shared."""
    return [
        Sound(
            _evidence_link(slug, segment.other_excerpt),
            segment.other_excerpt.end_s - segment.other_excerpt.start_s,
            span(segment.other_start_s, segment.other_end_s),
        )
        for segment in report.segments
        if segment.other_excerpt
    ]


def folded(report: MatchReport) -> list[Folded]:
    """What music and melody say of a pair whose recording is the same anyway."""
    return [
        Folded(explain.model_name(Facet(name)), wording.chance_value(found["chance"]), found.get("version", ""))
        for name, found in report.match.detail.get("folded", {}).items()
    ]


def history(report: MatchReport) -> list[TimelineItem]:
    """What happened to this match, newest first."""
    items = []
    for decision in report.decisions:
        name = str(DecisionKind(decision.kind).label)
        if decision.undone_at:
            who = str(decision.undone_by or "")
            items.append(
                TimelineItem(decision.undone_at, _("Taken back: %(what)s") % {"what": name}, who=who, icon="rotate-ccw")
            )
        items.append(
            TimelineItem(
                decision.created_at,
                name,
                text=decision.reason,
                who=str(decision.actor or ""),
                icon=DECISION_ICONS[DecisionKind(decision.kind)],
            )
        )
    incoming = report.match.direction == Direction.INCOMING
    found = (
        _("Found by a check of %(who)s") % {"who": report.other.organisation} if incoming else _("Found by your check")
    )
    items.append(TimelineItem(report.match.created_at, found, icon="fingerprint"))
    return sorted(items, key=lambda item: item.when, reverse=True)


def _spectrogram(slug: str, evidence: EvidenceFile, label: str) -> Spectrogram:
    return Spectrogram(_evidence_link(slug, evidence), evidence.start_s, evidence.end_s, label)


def _evidence_link(slug: str, evidence: EvidenceFile) -> str:
    address = {"slug": slug, "match_id": evidence.match_id, "evidence_id": evidence.id}
    return reverse("rights:evidence", kwargs=address)
