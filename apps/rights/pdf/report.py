"""The match report on paper."""

from datetime import UTC, datetime
from io import BytesIO

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from apps.core.formats import percent, pitch_change, span, tempo_change
from apps.core.paper.document import INK, MUTED, Paper
from apps.core.paper.drawings import Spectrum, TimeLine, draw_chroma, draw_melodies, draw_spectra, draw_time_lines
from apps.rights import explain, wording
from apps.rights.models import EvidenceFile, Facet
from apps.rights.problems import not_compared
from apps.rights.selectors import MatchReport, landmarks


def match_pdf(report: MatchReport, *, page_url: str) -> bytes:
    """The PDF of a match report; ``page_url`` is where it can be heard."""
    match = report.match
    title = _("Match report: %(title)s") % {"title": report.match.title}
    paper = Paper(title=title, texts=_texts(report), made_at=match.created_at, foot=page_url)
    paper.ln(3)
    paper.paragraph(_("Match report"), size=11, colour=MUTED, after=1)
    paper.paragraph(wording.verdict_sentence(report), size=14, bold=True, after=2)
    paper.paragraph(
        f"{_sureness(report.sureness)} · {wording.chance_in_words(match.chance_probability)}", colour=MUTED, after=3
    )
    paper.facts(_fact_rows(report))
    paper.heading(_("Where they are alike"))
    if match.facet != Facet.MELODY:
        _overview(paper, report)
    paper.paragraph(wording.shares_in_words(report), size=9, colour=MUTED)
    _segment_table(paper, report)
    if match.facet == Facet.RECORDING:
        _spectra(paper, report)
    elif match.facet == Facet.COVER:
        draw_chroma(paper, match.detail, match.title, match.other_title)
    else:
        draw_melodies(paper, match.detail, match.title, match.other_title)
    _why(paper, report)
    _closing(paper, report)
    return paper.finish()


def _why(paper: Paper, report: MatchReport) -> None:
    """How the evidence adds up, and what would have changed it."""
    why = explain.of_match(report.match, compared_with=report.compared_with)
    paper.heading(_("Why"))
    paper.facts([(line.label, line.value) for line in why.lines])
    if why.outlook:
        paper.paragraph(why.outlook, size=9)


def _sureness(name: str) -> str:
    words = {
        "likely": _("How sure: likely"),
        "possible": _("How sure: possible"),
        "unsure": _("How sure: unsure"),
    }
    return words[name]


def _texts(report: MatchReport) -> list[str]:
    other, shown = report.other, report.shown
    named = [report.match.title, report.match.artist_line, other.title, other.artist, other.organisation]
    said = [decision.reason for decision in report.decisions] + [str(decision.actor) for decision in report.decisions]
    words = [wording.verdict_sentence(report), _("Match report"), *(str(value) for _label, value in _fact_rows(report))]
    return [*named, *said, *words, shown.title, shown.artist, shown.organisation, shown.contact, other.contact]


def _fact_rows(report: MatchReport) -> list[tuple[str, str]]:
    match, other = report.match, report.other
    rows = [
        (_("Your work") if match.about_work else _("Your track"), _named(report.match.title, report.match.artist_line)),
        (_("The other work") if other.is_work else _("The other recording"), wording.other_in_words(other)),
        (_("Kind"), wording.kind_in_words(report)),
        (_("Found"), wording.direction_in_words(match.direction)),
        (_("State"), str(match.get_state_display())),
        (_("Compared"), _utc(report.checked_at)),
    ]
    if other.contact and not other.already_ours:
        rows.insert(2, (_("Their public contact"), other.contact))
    if report.compared_with is not None:
        compared = _("Melodies compared with") if match.facet == Facet.MELODY else _("Recordings compared with")
        rows.append((compared, str(report.compared_with)))
    left = not_compared(match.check_run) if match.check_run else []
    if left:
        rows.append((_("Missing so far"), ", ".join(left)))
    if match.facet == Facet.RECORDING and report.extractor_version:
        versions = _("%(extractor)s, matcher %(matcher)s") % {
            "extractor": report.extractor_version,
            "matcher": report.matcher_version,
        }
        rows.append((_("Recogniser"), versions))
    elif match.version:
        rows.append((explain.model_name(Facet(match.facet)), match.version))
    return rows


def _overview(paper: Paper, report: MatchReport) -> None:
    own_s = (report.asset.duration_s if report.asset else None) or _latest(report, "own_end_s")
    other_s = report.other.duration_s or _latest(report, "other_end_s")
    draw_time_lines(
        paper,
        TimeLine(_("Your track"), own_s),
        TimeLine(_("The other recording"), other_s),
        [(part.own_start_s, part.own_end_s, part.other_start_s, part.other_end_s) for part in report.segments],
    )


def _segment_table(paper: Paper, report: MatchReport) -> None:
    head = [
        _("Your track"),
        _("The other"),
        _("Tempo"),
        _("Pitch"),
        _("Sure"),
        _("Share of yours"),
        _("Share of theirs"),
    ]
    rows = []
    for segment in report.segments:
        own, other = wording.segment_shares(report, segment)
        rows.append(
            [
                span(segment.own_start_s, segment.own_end_s, decimals=1),
                span(segment.other_start_s, segment.other_end_s, decimals=1),
                tempo_change(segment.tempo_ratio),
                pitch_change(segment.pitch_semitones),
                percent(segment.confidence),
                percent(own),
                percent(other),
            ]
        )
    paper.table_of(head, rows, (30, 30, 26, 32, 14, 19, 19))


def _spectra(paper: Paper, report: MatchReport) -> None:
    """Both spectrograms of the strongest stretch that has them, with the landmarks that they share."""
    for segment in report.segments:
        own, other, marks = segment.own_spectrogram, segment.other_spectrogram, segment.landmarks
        if own and other and marks:
            break
    else:
        return
    own_image, other_image = _picture(own), _picture(other)
    if own_image is None or other_image is None:
        return
    draw_spectra(
        paper,
        Spectrum(_("Your track"), own_image, own.start_s, own.end_s),
        Spectrum(_("The other recording"), other_image, other.start_s, other.end_s),
        landmarks(marks),
    )


def _closing(paper: Paper, report: MatchReport) -> None:
    shown = report.shown
    if not report.other.already_ours:
        paper.heading(_("Who sees what"))
        audio = _("matching excerpts") if shown.shares_excerpts else _("no audio")
        paper.paragraph(
            _(
                "The other side sees of you: %(named)s, %(organisation)s, %(contact)s, the aligned times, %(drawn)s, "
                "and %(audio)s; nothing else."
            )
            % {
                "drawn": wording.drawn_in_words(Facet(report.match.facet)),
                "named": _named(shown.title, shown.artist),
                "organisation": shown.organisation,
                "contact": shown.contact or _("no contact"),
                "audio": audio,
            },
            size=9,
        )
        paper.paragraph(_("You see of the other side only what it chose to publish."), size=9)
    if report.decisions:
        paper.heading(_("Decisions"))
        for decision in report.decisions:
            taken_back = _("taken back")  # by itself: the collector of texts does not look into f-strings
            undone = f" ({taken_back})" if decision.undone_at else ""
            line = f"{_utc(decision.created_at)} · {decision.actor or ''} · {decision.get_kind_display()}{undone}"
            paper.paragraph(line, size=9, bold=True, after=0)
            paper.paragraph(decision.reason, size=9)
    paper.heading(_("If this is wrong"))
    paper.paragraph(
        _(
            "This is a comparison by a program; it can be wrong. Listen to both sides, then decide: own or "
            "licensed, dispute, or withdraw, with a reason. The report speaks of similarity, never of infringement, "
            "and gives no legal advice."
        ),
        size=9,
        colour=INK,
    )


def _picture(evidence: EvidenceFile) -> BytesIO | None:
    try:
        with default_storage.open(evidence.storage_key, "rb") as stored:
            return BytesIO(stored.read())
    except FileNotFoundError:
        return None


def _named(title: str, artist: str) -> str:
    return _("“%(title)s” by %(artist)s") % {"title": title, "artist": artist} if artist else f"“{title}”"


def _latest(report: MatchReport, name: str) -> float:
    return max((float(getattr(segment, name)) for segment in report.segments), default=1.0)


def _utc(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else "–"
