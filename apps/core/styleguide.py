"""A page with every component in every state, for those who write pages. Routed in DEBUG only."""

import io
import math
import re
import wave
from array import array
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path, reverse

from apps.core.display import (
    Alignment,
    Excerpt,
    LandmarkPicture,
    Link,
    Segment,
    Side,
    Spectrogram,
    TimelineItem,
    Verdict,
)
from apps.core.piano_roll import PianoRoll, RollSide
from apps.core.scores import DrawnNote, ScoreNotes

DURATION_S = 48.0
RATE_HZ = 8000
PEAKS = 800
STATES = ("draft", "checking", "clear", "incomplete", "conflict", "registered", "disputed", "withdrawn")
NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)


@dataclass(frozen=True)
class _Job:
    """Looks like a job to the card."""

    id: str
    state: str
    progress: float = 0.0
    sentence: str = ""
    error_sentence: str = ""
    started_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.state in ("queued", "running")


class _ExampleForm(forms.Form):
    title = forms.CharField(max_length=200, help_text="As on the sleeve.")
    isrc = forms.CharField(label="ISRC", required=False, help_text="Twelve characters, with or without hyphens.")
    role = forms.ChoiceField(choices=[("main", "Main artist"), ("featured", "Featured")])
    released = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), required=False)
    notes = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    cover = forms.FileField(required=False)
    kind = forms.ChoiceField(choices=[("own", "Our recording"), ("licensed", "Licensed")], widget=forms.RadioSelect)
    publish = forms.BooleanField(label="Show the title to others", required=False)

    def clean_isrc(self) -> str:
        raise forms.ValidationError("An ISRC has 12 letters and digits, e.g. DEA123456789.")


class _FilterForm(forms.Form):
    q = forms.CharField(label="Title or ISRC", required=False, widget=forms.TextInput(attrs={"type": "search"}))
    state = forms.ChoiceField(choices=[("", "All states"), *((s, s.capitalize()) for s in STATES)], required=False)


def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state."""
    here = {name: reverse(f"styleguide_{name}") for name in ("audio", "peaks", "spectrogram")}
    jobs = [
        _Job("1", "queued"),
        _Job("2", "running", 0.42, "Comparing with the registry", started_at=datetime.now(UTC) - timedelta(seconds=20)),
        _Job("3", "succeeded", 1.0),
        _Job("4", "failed", 0.3, error_sentence="The file ends in mid-frame. Export it again and upload it."),
        _Job("5", "cancelled", 0.1),
    ]
    values = {
        **here,
        "duration_s": DURATION_S,
        "states": STATES,
        "form": _ExampleForm({"title": "Night train", "isrc": "DE-A12-34", "role": "main"}),
        "clean_form": _ExampleForm(),
        "filter_form": _FilterForm(request.GET),
        "jobs": jobs,
        "tabs": [Link("Facts", "#", current=True), Link("Matches", "#", count=3), Link("History", "#")],
        "crumbs": [Link("Catalogue", "#"), Link("Tracks", "#"), Link("Night train", "#", current=True)],
        "history": _history(),
        "verdicts": _verdicts(),
        "alignment": _alignment(here, shared=True),
        "silent": _alignment(here, shared=False),
        "picture": _picture(here),
        "roll": PianoRoll(RollSide("Harbour Waltz", _tune(67), "Ada Demo")),
        "rolls": _rolls(),
        "step_names": ["Files", "Details", "Check", "Done"],
    }
    return render(request, "core/styleguide.html", values)


def audio(request: HttpRequest) -> HttpResponse:
    """A tone that rises, so that one hears where one is."""
    samples = array("h")
    for index in range(int(DURATION_S * RATE_HZ)):
        at = index / RATE_HZ
        pitch = 220 * 2 ** (int(at) % 12 / 12)
        samples.append(int(9000 * math.sin(2 * math.pi * pitch * at) * math.exp(-3 * (at % 1))))
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE_HZ)
        writer.writeframes(samples.tobytes())
    content = file.getvalue()
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
    # Browsers seek only where ranges are answered.
    first, last = (int(asked[1]), int(asked[2] or len(content) - 1)) if asked else (0, len(content) - 1)
    response = HttpResponse(content[first : last + 1], content_type="audio/wav", status=206 if asked else 200)
    response["Accept-Ranges"] = "bytes"
    if asked:
        response["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return response


def peaks(request: HttpRequest) -> HttpResponse:
    """The outline of that tone."""
    outline = [round((0.35 + 0.6 * abs(math.sin(n / 61) * math.cos(n / 17))) * (-1) ** n, 3) for n in range(PEAKS)]
    return JsonResponse({"peaks": [outline], "duration_s": DURATION_S})


def spectrogram(request: HttpRequest) -> HttpResponse:
    """A drawing that stands for a spectrogram."""
    marks = "".join(
        f'<rect x="{n * 7 % 600}" y="{n * n * 37 % 196}" width="{8 + n % 23}" height="3" opacity="{n % 7 / 9}"/>'
        for n in range(420)
    )
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 200" preserveAspectRatio="none">'
        f'<rect width="600" height="200" fill="#141622"/><g fill="#9fb7d9">{marks}</g></svg>'
    )
    return HttpResponse(svg, content_type="image/svg+xml")


def _history() -> list[TimelineItem]:
    return [
        TimelineItem(NOW, "Registered", "Certificate 7Q2M-KX41 was issued.", "Ada Demo", "badge-check"),
        TimelineItem(NOW - timedelta(minutes=4), "Clear", "Nothing similar was found.", icon="circle-check"),
        TimelineItem(NOW - timedelta(minutes=5), "Uploaded", "night-train.flac", "Ada Demo", "upload"),
    ]


def _verdicts() -> list[Verdict]:
    model: dict[str, Any] = {"model": "Landmarks", "version": "1.0", "computed_at": NOW}
    return [
        Verdict(
            "An excerpt of this recording is in the registry, one tone lower",
            "likely",
            "Chance of a coincidence: 1 in 40,000",
            wrong="Say that it is licensed or your own",
            wrong_href="#",
            tone="attention",
            **model,
        ),
        Verdict("Two short stretches may be the same", "possible", "Chance of a coincidence: 1 in 90", **model),
        Verdict("Nothing similar is registered", "likely", "2,013 recordings compared", tone="calm", **model),
    ]


def _alignment(here: dict[str, str], *, shared: bool) -> Alignment:
    segments = [
        Segment(2.0, 14.5, 20.0, 33.1, tempo_ratio=1.048, pitch_semitones=-2, probability=0.999),
        Segment(22.0, 30.0, 4.0, 12.0, probability=0.97),
        Segment(36.2, 46.0, 36.0, 45.8, tempo_ratio=1.0, pitch_semitones=1, probability=0.91),
    ]
    query = Side("Night train", "You", DURATION_S, here["audio"], here["peaks"])
    excerpts = [Excerpt(number, here["audio"], 0.0) for number in range(3)] if shared else []
    peaks_url = here["peaks"] if shared else ""
    return Alignment(query, Side("Night train (live)", "Demo label", DURATION_S, "", peaks_url, excerpts), segments)


def _tune(root: int, *, step: float = 1.0) -> ScoreNotes:
    """A line with a second part below it."""
    melody = tuple(DrawnNote(at * step, step, root + up) for at, up in enumerate((0, 2, 4, 5, 7, 5, 4, 2, 0, -1, 0, 4)))
    below = tuple(DrawnNote(bar * 4 * step, 3 * step, root - 19 + bar, 1) for bar in range(3))
    bars = tuple(bar * 4 * step for bar in range(3))
    return ScoreNotes((*melody, *below), melody, bars, 0.5, ("Voice", "Bass"))


def _rolls() -> PianoRoll:
    """The same tune lower and slower, with one other note and one that is left out."""
    theirs = _tune(63, step=1.25)
    changed = tuple(replace(note, pitch=note.pitch + 1) if at == 4 else note for at, note in enumerate(theirs.melody))
    aligned = [(at, at) for at in range(12) if at != 8]
    other = RollSide("Lantern Song", replace(theirs, melody=changed), "Aurora Records")
    return PianoRoll(RollSide("Harbour Waltz", _tune(67), "You"), other, aligned)


def _picture(here: dict[str, str]) -> LandmarkPicture:
    links = [(2 + n * 0.31, 220 * 2 ** (n * 5 % 37 / 9), 20 + n * 0.32, 196 * 2 ** (n * 5 % 37 / 9)) for n in range(38)]
    return LandmarkPicture(
        Spectrogram(here["spectrogram"], 0, 16, "Night train"),
        Spectrogram(here["spectrogram"], 18, 35, "Night train (live)"),
        links,
    )


def upload(request: HttpRequest) -> HttpResponse:
    """Takes a file for the looks of it."""
    files: Any = request.FILES.getlist("files")
    twice = bool(files) and files[0].name.startswith("again")
    body = {"title": files[0].name if files else "", "url": "#", "status": "duplicate" if twice else "created"}
    return JsonResponse(body, status=200 if twice else 201)


urlpatterns = [
    path("styleguide/", styleguide, name="styleguide"),
    path("styleguide/audio.wav", audio, name="styleguide_audio"),
    path("styleguide/peaks.json", peaks, name="styleguide_peaks"),
    path("styleguide/spectrogram.svg", spectrogram, name="styleguide_spectrogram"),
    path("styleguide/upload/", upload, name="styleguide_upload"),
]
