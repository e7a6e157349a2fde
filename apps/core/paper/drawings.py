"""What two sides have in common, drawn on paper: time lines, spectra with landmarks, chroma, melodies.

Plain data goes in: what a match or a case keeps of a finding, ``own`` and ``other`` as the reader sees them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from math import ceil, log
from typing import Any

from django.utils.translation import gettext as _

from apps.core.formats import clock, span
from apps.core.paper.document import ACCENT, MUTED, RULE, Paper
from apps.core.roll_words import bars_in_words

BAR_MM = 5
BETWEEN_BARS_MM = 16
SPECTRUM_MM = 34
STRIP_MM = 26
GAP_MM = 9
ROLL_MM = 34
STRIPS = 2
MOST_LINKS = 160
OWN, OTHER = (0, 114, 178), (213, 94, 0)
BANDS = (OTHER, OWN, (0, 158, 115), (204, 121, 167), (230, 159, 0), (86, 180, 233))
"""Okabe and Ito's colours, told apart by everybody."""
LEVELS = 15
FAINTEST = 3

Stretch = tuple[float, float, float, float]
"""Own start and end, other start and end; seconds."""


@dataclass(frozen=True)
class TimeLine:
    """One whole side, as a line."""

    label: str
    seconds: float


@dataclass(frozen=True)
class Spectrum:
    """The picture of a stretch of one side, its frequencies logarithmic from bottom to top."""

    label: str
    image: BytesIO
    start_s: float
    end_s: float


def draw_time_lines(paper: Paper, own: TimeLine, other: TimeLine, stretches: Sequence[Stretch]) -> None:
    """Two time lines to one scale, and bands that join what is alike."""
    scale = paper.epw / max(own.seconds, other.seconds, 1.0)
    paper.make_room(2 * BAR_MM + BETWEEN_BARS_MM + 14)
    left, top = paper.l_margin, paper.y + 5
    low = top + BAR_MM + BETWEEN_BARS_MM
    for index, (own_start, own_end, other_start, other_end) in enumerate(stretches):
        paper.set_fill_color(*BANDS[index % len(BANDS)])
        corners = [
            (left + own_start * scale, top + BAR_MM),
            (left + own_end * scale, top + BAR_MM),
            (left + other_end * scale, low),
            (left + other_start * scale, low),
        ]
        with paper.local_context(fill_opacity=0.25):
            paper.polygon(corners, style="F")
    for y, line in ((top, own), (low, other)):
        paper.set_draw_color(*RULE)
        paper.rect(left, y, line.seconds * scale, BAR_MM, style="D")
        _label(paper, y if y == top else y + BAR_MM + 4.8, f"{line.label} · {clock(line.seconds)}")
    for index, (own_start, own_end, other_start, other_end) in enumerate(stretches):
        paper.set_fill_color(*BANDS[index % len(BANDS)])
        for y, start, end in ((top, own_start, own_end), (low, other_start, other_end)):
            paper.rect(left + start * scale, y, max(0.4, (end - start) * scale), BAR_MM, style="F")
    paper.set_y(low + BAR_MM + 7)


def draw_spectra(paper: Paper, own: Spectrum, other: Spectrum, landmarks: Mapping[str, Any]) -> None:
    """Both spectra of one stretch above each other, with the landmarks that they share."""
    paper.make_room(2 * SPECTRUM_MM + 28)
    paper.heading(_("Matching landmarks"))
    top = paper.y + 4
    low = top + SPECTRUM_MM + 8
    for y, label_y, side in ((top, top, own), (low, low + SPECTRUM_MM + 5, other)):
        _label(paper, label_y, f"{side.label} · {span(side.start_s, side.end_s, decimals=1)}")
        paper.image(side.image, x=paper.l_margin, y=y, w=paper.epw, h=SPECTRUM_MM)
    _link_landmarks(paper, own, other, landmarks, (top, low))
    paper.set_y(low + SPECTRUM_MM + 7)


def draw_chroma(
    paper: Paper, detail: Mapping[str, Any], own: str, other: str, *, stream: str = "harmony", name: str = ""
) -> None:
    """The pitch classes of the longest aligned stretches, both sides above each other in our key.

    ``stream`` is ``harmony`` or ``melody``; ``own`` and ``other`` are titles, ``name`` the heading.
    """
    shift = int(detail.get("transposition", 0))
    strips = detail.get("strips", ())[:STRIPS]
    for at, strip in enumerate(strips):
        paper.make_room(2 * STRIP_MM + GAP_MM + (14 if at else 26))
        if not at:
            paper.heading(name or _("The harmony of both"))
        top = paper.y + 4
        low = top + STRIP_MM + GAP_MM
        for y, title, side, colour, turn in (
            (top, own, strip["own"], OWN, 0),
            (low, other, strip["other"], OTHER, shift),
        ):
            _strip(paper, side[stream], y, colour, turn)
            _label(paper, y, f"{title} · {span(side['start_s'], side['end_s'])}")
        paper.set_y(low + STRIP_MM + 5)


def draw_melodies(paper: Paper, detail: Mapping[str, Any], own: str, other: str) -> None:
    """Both melodies as piano rolls above each other, with lines between the notes that belong together."""
    if not detail.get("pairs"):
        return
    paper.make_room(2 * ROLL_MM + GAP_MM + 26)
    paper.heading(_("Both melodies"))
    top = paper.y + 4
    low = top + ROLL_MM + GAP_MM
    ours = _roll(paper, detail["own"], top, OWN)
    theirs = _roll(paper, detail["other"], low, OTHER)
    paper.set_draw_color(*ACCENT)
    paper.set_line_width(0.1)
    step = max(1, ceil(len(detail["pairs"]) / MOST_LINKS))
    for first, second in detail["pairs"][::step]:
        paper.line(ours[first], top + ROLL_MM, theirs[second], low)
    # The lower name stands below its roll: above it run the lines.
    for y, title, side in ((top, own, detail["own"]), (low + ROLL_MM + 5, other, detail["other"])):
        bars = bars_in_words(side)
        _label(paper, y, f"{title} · {bars}" if bars else title)
    paper.set_y(low + ROLL_MM + 8)


def _label(paper: Paper, y: float, text: str) -> None:
    """The name of a side above what begins at ``y``."""
    paper.ink(8, colour=MUTED)
    paper.put(paper.l_margin, y - 1.2, text)


def _link_landmarks(
    paper: Paper, own: Spectrum, other: Spectrum, landmarks: Mapping[str, Any], tops: tuple[float, float]
) -> None:
    points = landmarks["points"]
    step = max(1, ceil(len(points) / MOST_LINKS))
    hertz = float(landmarks["min_hz"]), float(landmarks["max_hz"])
    paper.set_draw_color(*ACCENT)
    paper.set_line_width(0.1)
    for own_s, own_hz, other_s, other_hz in points[::step]:
        x1, y1 = _peak(paper, own, own_s, own_hz, hertz)
        x2, y2 = _peak(paper, other, other_s, other_hz, hertz)
        paper.line(x1, tops[0] + y1, x2, tops[1] + y2)
        paper.circle(x1, tops[0] + y1, 0.45, style="D")
        paper.circle(x2, tops[1] + y2, 0.45, style="D")


def _peak(
    paper: Paper, side: Spectrum, seconds: float, hertz: float, limits: tuple[float, float]
) -> tuple[float, float]:
    """Where a peak lies on a picture; in mm."""
    low_hz, high_hz = limits
    across = (seconds - side.start_s) / max(side.end_s - side.start_s, 1e-6)
    up = log(max(hertz, low_hz) / low_hz) / log(high_hz / low_hz)
    return paper.l_margin + min(max(across, 0.0), 1.0) * paper.epw, SPECTRUM_MM * (1 - min(max(up, 0.0), 1.0))


def _strip(paper: Paper, rows: Sequence[str], top: float, colour: tuple[int, int, int], shift: int) -> None:
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
