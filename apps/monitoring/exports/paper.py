"""The cue sheet as PDF: facts, time line, cues and unknown stretches."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.formats import clock, percent, span
from apps.core.paper.document import INK, MUTED, RULE, Paper, printable
from apps.monitoring import wording
from apps.monitoring.links import recording_page
from apps.monitoring.models import Cue, LongRecording
from apps.monitoring.selectors import Gap, covered_share, gaps
from apps.monitoring.services.counting import zone_of

LINE_MM, ROW_MM = 4.4, 15.0
MOST_LINES = 3
BAR_MM, LANES = 5.0, 2
TICKS = 6
OWN, OTHER, HAND = (0, 158, 115), (0, 114, 178), (204, 121, 167)
"""Okabe and Ito's colours, those of the page; told apart by everybody, and the words beside them say the same."""
WIDTHS = (9, 36, 57, 26, 25, 17)
# Setting type takes some memory for a moment; several threads at once would multiply it.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Line:
    """One row: its cells of up to two lines each, and whether it only says that nothing is known."""

    cells: tuple[tuple[str, str], ...]
    muted: bool = False


def as_pdf(recording: LongRecording, cues: Sequence[Cue]) -> bytes:
    """The sheet on paper.

    Raises:
        Unavailable: the fonts are not there, because static files were not built.
    """
    with _one_at_a_time:
        return _made(recording, list(cues))


def _made(recording: LongRecording, cues: list[Cue]) -> bytes:
    unknown = gaps(recording, cues)
    facts, lines = _facts(recording, cues, unknown), list(_lines(recording, cues, unknown))
    paper = Paper(
        title=_("Cue sheet: %(title)s") % {"title": recording.title},
        texts=_texts(recording, facts, lines),
        made_at=recording.finished_at or recording.created_at,
        foot=f"{settings.SITE_URL.rstrip('/')}{recording_page(recording.organisation, recording.id)}",
    )
    paper.ln(3)
    paper.paragraph(_("Cue sheet"), size=11, colour=MUTED, after=1)
    paper.paragraph(recording.title, size=14, bold=True, after=2)
    paper.facts(facts)
    if recording.duration_s:
        _time_line(paper, recording.duration_s, cues, unknown)
    _table(paper, lines)
    paper.heading(_("What this is"))
    paper.paragraph(_closing(), size=9)
    return paper.finish()


def _closing() -> str:
    return _(
        "Descant compared the sound of this recording with registered recordings and wrote down where they are alike; "
        "people may have corrected it, and the state of each line says so. Unknown stretches hold nothing that was "
        "registered at that time, or talk."
    )


def _facts(recording: LongRecording, cues: list[Cue], unknown: Sequence[Gap]) -> list[tuple[str, str]]:
    zone = zone_of(recording.source)
    facts = [(_("Source"), recording.source.name if recording.source else "–")]
    if recording.started_at:
        facts.append((_("Began on air"), f"{recording.started_at.astimezone(zone):%Y-%m-%d %H:%M:%S} ({zone.key})"))
    missing = sum(gap.seconds for gap in unknown if not gap.silent)
    facts += [
        (_("Length"), clock(recording.duration_s)),
        (_("Cues"), str(len(cues))),
        (_("Covered by cues"), percent(covered_share(recording, cues))),
        (_("Unknown"), clock(missing)),
        (_("Compared with"), _("%(count)s registered recordings") % {"count": f"{recording.compared_with:,}"}),
        (_("Recogniser"), " / ".join(v for v in (recording.extractor_version, recording.matcher_version) if v) or "–"),
    ]
    return facts


def _lines(recording: LongRecording, cues: list[Cue], unknown: Sequence[Gap]) -> Iterator[Line]:
    """Cues, numbered, and gaps in order of time."""
    numbers = {cue.id: number for number, cue in enumerate(cues, 1)}
    items: list[Cue | Gap] = [*cues, *unknown]
    for item in sorted(items, key=lambda one: (one.start_s, one.end_s)):
        when = (span(item.start_s, item.end_s), _on_air(recording, item))
        if isinstance(item, Gap):
            yield Line((("", ""), when, (wording.gap_in_words(item), ""), *((("", ""),) * 3)), muted=True)
        else:
            yield Line(_cells(item, numbers[item.id], when))


def _cells(cue: Cue, number: int, when: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    isrc = cue.track.isrc if cue.track else ""
    place = span(cue.ref_start_s, cue.ref_end_s) if cue.ref_start_s is not None and cue.ref_end_s is not None else "–"
    return (
        (str(number), ""),
        when,
        (cue.title, " · ".join(part for part in (wording.by_in_words(cue), isrc) if part)),
        (place, wording.changes_in_words(cue)),
        (str(cue.get_state_display()), str(cue.changed_by or "")),
        (wording.sureness_in_words(cue), ""),
    )


def _on_air(recording: LongRecording, item: Cue | Gap) -> str:
    if recording.started_at is None:
        return ""
    zone = zone_of(recording.source)
    start, end = (recording.on_air_at(at).astimezone(zone) for at in (item.start_s, item.end_s))
    return f"{start:%H:%M:%S}–{end:%H:%M:%S}"


def _texts(recording: LongRecording, facts: Sequence[tuple[str, str]], lines: Sequence[Line]) -> list[str]:
    """All that the document may say, for the choice of fonts."""
    cells = [text for line in lines for cell in line.cells for text in cell]
    return [recording.title, _closing(), _("Cue sheet"), *(text for fact in facts for text in fact), *cells, *_head()]


def _head() -> tuple[str, ...]:
    return ("#", _("From – to"), _("What"), _("In the track"), _("State"), _("How sure"))


def _time_line(paper: Paper, whole_s: float, cues: Sequence[Cue], unknown: Sequence[Gap]) -> None:
    """The recording from left to right; cues that sound at once lie one below the other."""
    lanes = min(LANES, _most_at_once(cues))
    height = lanes * BAR_MM + 14
    if paper.will_page_break(height):
        paper.add_page()
    left, top, scale = paper.l_margin, paper.y + 2, paper.epw / whole_s
    paper.set_draw_color(*RULE)
    for gap in unknown:
        paper.set_fill_color(*RULE)
        paper.rect(left + gap.start_s * scale, top, gap.seconds * scale, BAR_MM, style="F")
    free = [0.0] * LANES
    for cue in cues:
        lane = next((k for k in range(LANES) if free[k] <= cue.start_s + 0.05), LANES - 1)
        free[lane] = max(free[lane], cue.end_s)
        paper.set_fill_color(*(OWN if cue.already_ours else HAND if cue.by_hand else OTHER))
        place = (left + cue.start_s * scale, top + lane * BAR_MM * 1.1)
        paper.rect(*place, max(0.3, cue.seconds * scale - 0.2), BAR_MM, style="F")
    low = top + lanes * BAR_MM * 1.1 + 0.5
    for k in range(TICKS):
        _put(paper, clock(whole_s * k / TICKS), left + paper.epw * k / TICKS, low, 20, MUTED, size=7.5)
    x = left
    for colour, name in (
        (OWN, _("ours")),
        (OTHER, _("of other labels")),
        (HAND, _("added by hand")),
        (RULE, _("unknown")),
    ):
        paper.set_fill_color(*colour)
        paper.rect(x, low + 5.5, 3, 3, style="F")
        _put(paper, name, x + 4, low + 4.8, 60, MUTED, size=7.5)
        x += 10 + paper.get_string_width(name)
    paper.set_y(low + 11)


def _most_at_once(cues: Sequence[Cue]) -> int:
    """How many cues sound at the same time at most; 1 where there are none."""
    edges = sorted([(cue.start_s + 0.05, 1) for cue in cues] + [(cue.end_s, -1) for cue in cues])
    return max([1, *accumulate(step for _at, step in edges)])


def _table(paper: Paper, lines: Sequence[Line]) -> None:
    """One row a line, and the head again on each page. Written cell by cell: a day of music is set in seconds."""
    if not lines:
        paper.paragraph(_("Nothing of the registry was heard"), colour=MUTED)
        return
    head = Line(tuple((name, "") for name in _head()), muted=True)
    _row(paper, head)
    for line in lines:
        if paper.will_page_break(ROW_MM):
            paper.add_page()
            _row(paper, head)
        _row(paper, line)
    paper.ln(2)


def _row(paper: Paper, line: Line) -> None:
    top, low, x = paper.y + 1, paper.y + 1, paper.l_margin
    for (first, second), width in zip(line.cells, WIDTHS, strict=True):
        y = top
        for text, size, colour in ((first, 9, MUTED if line.muted else INK), (second, 7.5, MUTED)):
            paper.ink(size, colour=colour)
            for part in _wrapped(paper, printable(text), width - 3):
                _put(paper, part, x, y, width, colour, size=size)
                y += LINE_MM
        x, low = x + width, max(low, y)
    paper.set_y(low + 1)
    paper.rule()


def _put(
    paper: Paper, text: str, x: float, y: float, width: float, colour: tuple[int, int, int], *, size: float
) -> None:
    """One line of text at a place."""
    paper.ink(size, colour=colour)
    # fpdf2 forgets that text in a further face, set in colour, leaves the page with the size before.
    paper.current_font_is_set_on_page = False
    paper.set_xy(x, y)
    paper.cell(width, LINE_MM, text)


def _wrapped(paper: Paper, text: str, width: float) -> list[str]:
    """Lines of the current face, broken at spaces, or anywhere where a word is too long; a few at most."""
    rest = text.strip()
    found: list[str] = []
    while rest and len(found) < MOST_LINES - 1 and paper.get_string_width(rest) > width:
        fits = next(n for n in range(len(rest) - 1, -1, -1) if n < 1 or paper.get_string_width(rest[:n]) <= width)
        space = rest.rfind(" ", 1, fits + 1)
        at = space if space > 0 else max(fits, 1)
        found.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*found, _shortened(paper, rest, width)] if rest else found


def _shortened(paper: Paper, text: str, width: float) -> str:
    if paper.get_string_width(text) <= width:
        return text
    fits = next(n for n in range(len(text), -1, -1) if n < 1 or paper.get_string_width(f"{text[:n]}…") <= width)
    return f"{text[:fits].rstrip()}…"
