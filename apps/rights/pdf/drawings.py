"""Pictures of covers and melodies on paper."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.rights import wording
from apps.rights.models import Match
from apps.rights.pdf.document import ACCENT, MUTED, RULE, Paper

STRIP_MM = 26
GAP_MM = 9
ROLL_MM = 34
STRIPS = 2
MOST_LINKS = 160
OWN, OTHER = (0, 114, 178), (213, 94, 0)
LEVELS = 15
FAINTEST = 3


def draw_chroma(paper: Paper, match: Match) -> None:
    """The harmony of the longest aligned stretches, both sides above each other in our key."""
    shift = int(match.detail.get("transposition", 0))
    strips = match.detail.get("strips", ())[:STRIPS]
    if strips:
        paper.heading(_("The harmony of both"))
    for strip in strips:
        if paper.will_page_break(2 * STRIP_MM + GAP_MM + 14):
            paper.add_page()
        top = paper.y + 4
        low = top + STRIP_MM + GAP_MM
        _strip(paper, strip["own"], top, OWN, 0)
        _strip(paper, strip["other"], low, OTHER, shift)
        _name(paper, top, match.title, strip["own"])
        _name(paper, low, match.other_title, strip["other"])
        paper.set_y(low + STRIP_MM + 5)


def draw_melodies(paper: Paper, match: Match) -> None:
    """Both melodies as piano rolls above each other, with lines between the notes that belong together."""
    detail = match.detail
    if not detail.get("pairs"):
        return
    if paper.will_page_break(2 * ROLL_MM + GAP_MM + 22):
        paper.add_page()
    paper.heading(_("Both melodies"))
    top = paper.y + 4
    low = top + ROLL_MM + GAP_MM
    ours = _roll(paper, detail["own"], top, OWN)
    theirs = _roll(paper, detail["other"], low, OTHER)
    paper.set_draw_color(*ACCENT)
    paper.set_line_width(0.1)
    step = max(1, -(-len(detail["pairs"]) // MOST_LINKS))
    for own, other in detail["pairs"][::step]:
        paper.line(ours[own], top + ROLL_MM, theirs[other], low)
    for y, title, side in ((top, match.title, detail["own"]), (low, match.other_title, detail["other"])):
        paper.ink(8, colour=MUTED)
        bars = wording.bars_in_words(side)
        paper.text(paper.l_margin, y - 1.2, f"{title} · {bars}" if bars else title)
    paper.set_y(low + ROLL_MM + 4)


def _strip(paper: Paper, side: Mapping[str, Any], top: float, colour: tuple[int, int, int], shift: int) -> None:
    rows = side["harmony"]
    height = STRIP_MM / len(rows)
    for k in range(len(rows)):
        row = rows[(k - shift) % len(rows)]
        width = paper.epw / max(len(row), 1)
        for at, digit in enumerate(row):
            level = int(digit, 16)
            if level >= FAINTEST:
                paper.set_fill_color(*(round(255 - (255 - part) * level / LEVELS) for part in colour))
                y = top + (len(rows) - 1 - k) * height
                paper.rect(paper.l_margin + at * width, y, width, height, style="F")
    paper.set_draw_color(*RULE)
    paper.rect(paper.l_margin, top, paper.epw, STRIP_MM, style="D")


def _name(paper: Paper, y: float, title: str, side: Mapping[str, Any]) -> None:
    paper.ink(8, colour=MUTED)
    paper.text(paper.l_margin, y - 1.2, f"{title} · {wording.span(side['start_s'], side['end_s'])}")


def _roll(paper: Paper, side: Mapping[str, Any], top: float, colour: tuple[int, int, int]) -> list[float]:
    """Draws the notes of one side; answers where each begins, in mm."""
    notes = side["notes"]
    start = notes[0][0]
    length = max(onset + duration for onset, duration, _pitch in notes) - start
    low, high = min(note[2] for note in notes) - 1, max(note[2] for note in notes) + 1
    row = ROLL_MM / (high - low + 1)
    paper.set_draw_color(*RULE)
    paper.rect(paper.l_margin, top, paper.epw, ROLL_MM, style="D")
    paper.set_fill_color(*colour)
    places = []
    for onset, duration, pitch in notes:
        x = paper.l_margin + paper.epw * (onset - start) / max(length, 1e-6)
        width = max(0.5, paper.epw * duration / max(length, 1e-6) - 0.2)
        paper.rect(x, top + (high - pitch) * row, width, row * 0.9, style="F")
        places.append(x)
    return places
