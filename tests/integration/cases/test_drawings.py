"""What a case draws of its findings: from what was frozen alone, as each side sees it, on the page and on paper."""

import re
import zlib

import pytest
from django.test import Client
from django.urls import reverse

from apps.cases import archive, selectors, snapshot
from apps.rights.detail import mirrored
from apps.rights.models import EvidenceFile, Facet, Match, MatchKind, MatchSegment
from tests.integration.cases.helpers import make_sides, opened

pytestmark = pytest.mark.django_db

MELODY = {
    "own": {
        "notes": [[10.0, 0.5, 60], [10.5, 0.5, 62], [11.0, 0.5, 64], [11.5, 1.0, 67], [12.5, 0.5, 65]],
        "bars": [8.0, 10.0, 12.0], "first_bar": 2, "last_bar": 3, "first_note": 8, "has_tempo": False,
    },
    "other": {
        "notes": [[40.0, 0.5, 63], [40.5, 0.5, 65], [41.0, 0.5, 68], [41.5, 1.0, 70]],
        "bars": [], "first_bar": None, "last_bar": None, "first_note": 0, "has_tempo": True,
    },
    "pairs": [[0, 0], [1, 1], [2, 2], [3, 3]],
    "transposition": -3,
    "why": {
        "score": 90.0, "chance": 1e-9, "threshold": 1e-3, "needed": 41.5, "compared_with": 7,
        "parts": [["notes_that_agree", 96.0], ["differences", -6.0]], "aligned_notes": 4, "same_pitch": 3,
    },
}  # fmt: skip
EMPTY = "0000"


def _chroma(pitch_class, start_s, end_s):
    rows = [EMPTY] * 12
    rows[pitch_class] = "fff0"
    return {"start_s": start_s, "end_s": end_s, "harmony": rows, "melody": [*rows[1:], rows[0]]}


COVER = {
    "transposition": 2,
    "strips": [
        {
            "own": _chroma(2, 30.0, 34.0),
            "other": _chroma(0, 60.0, 66.0),
            "path": [[30.0, 60.0], [32.0, 63.0], [34.0, 66.0]],
        }
    ],
}


@pytest.fixture
def sides():
    return make_sides()


def _found(sides, facet, kind, detail):
    """Makes the match of both sides one of another comparison, without pictures."""
    for party, seen in ((sides.ours, detail), (sides.theirs, mirrored(detail))):
        with party.bound():
            Match.objects.update(facet=facet, kind=kind, detail=seen, alterations=[])
            EvidenceFile.objects.all().delete()
    opened(sides)
    sides.theirs.work()
    for party in (sides.ours, sides.theirs):
        with party.bound():
            MatchSegment.objects.all().delete()
            Match.objects.all().delete()


def _page(party):
    client = Client()
    client.force_login(party.user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("cases:detail", kwargs={"slug": party.organisation.slug, "case_id": party.case.id})
    return client.get(address).content.decode()


def _bare(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def _filled(content):
    """How many boxes a PDF fills in each colour, and how many lines it draws."""
    boxes: dict[str, int] = {}
    lines = 0
    for raw in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            text = zlib.decompress(raw).decode("latin-1")
        except zlib.error:
            continue
        colour = ""
        kept: list[str] = []
        for fill, box, line, kind in re.findall(r"([\d. ]+) r?g\b|( re f)\b|( l S)\b|(?:^|\s)([qQ])(?=\s)", text):
            if kind == "q":
                kept.append(colour)
            elif kind and kept:
                colour = kept.pop()
            colour = fill.strip() or colour
            boxes[colour] = boxes.get(colour, 0) + bool(box)
            lines += bool(line)
    return boxes, lines


def _printed(party):
    with party.bound():
        return _filled(archive.pdf(selectors.case_report(selectors.get_case(party.case.id))))


def _boxes(boxes, colour):
    """The boxes of one colour of 0–255."""
    wanted = [part / 255 for part in colour]
    return sum(
        count
        for written, count in boxes.items()
        if len(parts := [float(part) for part in written.split()]) == 3
        and all(abs(part - want) < 0.002 for part, want in zip(parts, wanted, strict=True))
    )


BLUE, ORANGE = (0, 114, 178), (213, 94, 0)


def test_a_melody_is_drawn_above_the_other_from_what_was_frozen(sides):
    _found(sides, Facet.MELODY, MatchKind.MELODY, MELODY)
    page = _page(sides.ours)
    assert page.count('class="roll-note is-same"') == 3 + 3 + 1, "three of a pitch on both sides, and the legend"
    assert page.count('class="roll-note is-differs"') == 2 + 1
    assert page.count('class="roll-note is-alone"') == 1 + 1
    text = _bare(page)
    assert "B is 3 semitones higher than A" in text
    assert re.search(r"\bA Street recording you\b.*\bB Night train Aurora Records\b", text)
    assert "timed as if it were played at 120 quarters a minute" in text
    assert re.search(r"Score needed to be reported\s+41\.5 bits.*Notes that stand side by side\s+4", text)
    assert "Bars 2–3 of your “Street recording” is similar to 1:02–1:13 of “Night train”" in text
    assert text.count("The notes as a table") == 1, "one picture, not two of the same"
    boxes, lines = _printed(sides.ours)
    assert (_boxes(boxes, BLUE), _boxes(boxes, ORANGE)) == (5, 4)
    assert lines >= 4


def test_the_other_side_sees_its_own_melody_above(sides):
    _found(sides, Facet.MELODY, MatchKind.MELODY, MELODY)
    text = _bare(_page(sides.theirs))
    assert re.search(r"\bA Night train you\b.*\bB Street recording Borealis Records\b", text)
    assert "B is 3 semitones lower than A" in text
    boxes, _lines = _printed(sides.theirs)
    assert (_boxes(boxes, BLUE), _boxes(boxes, ORANGE)) == (4, 5)
    evidence = sides.theirs.case.evidence
    mine, other = snapshot.read(evidence, as_opener=True), snapshot.read(evidence, as_opener=False)
    assert mine.main.detail == MELODY
    assert other.main.detail == mirrored(MELODY)


def test_music_is_drawn_as_chroma_in_our_key(sides):
    _found(sides, Facet.COVER, MatchKind.COVER, COVER)
    page = _page(sides.ours)
    shapes = re.findall(r'class="chroma-(own|other) is-4" d="M([\d.]+) (\d+)h([\d.]+)', page)
    harmony = {side: (float(x), int(y), float(length)) for side, x, y, length in shapes[:2]}
    assert harmony["own"] == (24.0, 81, 12.0), "D: the third row from below, three columns of four"
    assert harmony["other"][1] - harmony["own"][1] == 12 * 9 + 34, "their C, turned into our key"
    assert page.count('class="chroma-link"') == 2 * 3
    assert "The tune of both" in _bare(page)
    assert 'data-component="alignment"' in page
    boxes, lines = _printed(sides.ours)
    assert (_boxes(boxes, BLUE), _boxes(boxes, ORANGE)) == (2 * 3, 2 * 3 + 2), "and the bands of the time lines"
    assert lines >= 1


def test_the_other_side_s_music_is_in_its_own_key(sides):
    _found(sides, Facet.COVER, MatchKind.COVER, COVER)
    page = _page(sides.theirs)
    shapes = re.findall(r'class="chroma-(own|other) is-4" d="M[\d.]+ (\d+)h', page)
    tops = {side: int(y) for side, y in shapes[:2]}
    assert tops == {"own": 99, "other": 99 + 12 * 9 + 34}, "our D is drawn as their C"
    assert re.search(r"A · Night train 1:00 – 1:06", _bare(page))


def test_a_recording_is_drawn_with_its_landmarks_on_paper(sides):
    opened(sides)
    with sides.ours.bound():
        content = archive.pdf(selectors.case_report(selectors.get_case(sides.ours.case.id)))
    boxes, lines = _filled(content)
    assert content.count(b"/Subtype /Image") == 2
    assert _boxes(boxes, ORANGE) == 2, "the stretch on both time lines"
    assert lines >= 1, "the landmark on both pictures is joined"
