"""What views hand to components: small frozen records instead of dictionaries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.utils.functional import Promise

Text = str | Promise
Sureness = Literal["likely", "possible", "unsure"]


@dataclass(frozen=True)
class Link:
    """An entry of tabs, breadcrumbs or a menu."""

    label: Text
    href: str
    current: bool = False
    count: int | None = None
    icon: str = ""


@dataclass(frozen=True)
class TimelineItem:
    """One event of a history, newest first by custom."""

    when: datetime
    title: Text
    text: Text = ""
    who: Text = ""
    icon: str = "circle"


@dataclass(frozen=True)
class Verdict:
    """An automated result: the answer in words, how sure, which model, and what to do if it is wrong.

    Attributes:
        answer: one plain sentence, e.g. "The same recording was found in the registry".
        sureness: ``likely``, ``possible`` or ``unsure``.
        figure: the number behind it, shown on hover and to screen readers, e.g. "chance of a coincidence: 1 in 40,000".
        model, version: what computed it.
        wrong: what a person can do if it is wrong; ``wrong_href`` makes it a link.
        tone: ``calm`` (nothing found), ``attention`` (something to look at) or ``plain``.
    """

    answer: Text
    sureness: Sureness
    figure: Text = ""
    model: str = ""
    version: str = ""
    computed_at: datetime | None = None
    wrong: Text = ""
    wrong_href: str = ""
    tone: Literal["calm", "attention", "plain"] = "plain"


@dataclass(frozen=True)
class Excerpt:
    """A cut of one segment that the other side lets us hear; second 0 of the file is ``start_s`` of its track."""

    segment: int
    url: str
    start_s: float


@dataclass(frozen=True)
class Side:
    """One lane of the A/B player. ``audio_url`` and ``peaks_url`` are empty when that side is not shared."""

    title: Text
    by: Text = ""
    duration_s: float = 0.0
    audio_url: str = ""
    peaks_url: str = ""
    excerpts: Sequence[Excerpt] = field(default_factory=tuple)


@dataclass(frozen=True)
class Segment:
    """A stretch that is the same on both sides; times in seconds, ``probability`` that it is no coincidence (0–1)."""

    query_start_s: float
    query_end_s: float
    reference_start_s: float
    reference_end_s: float
    tempo_ratio: float = 1.0
    pitch_semitones: float = 0.0
    probability: float | None = None


@dataclass(frozen=True)
class Alignment:
    """What the A/B player and the overview draw: ``query`` is side A, ``reference`` side B."""

    query: Side
    reference: Side
    segments: Sequence[Segment]


@dataclass(frozen=True)
class Spectrogram:
    """A picture from ``start_s`` at its left edge to ``end_s``, with a log-frequency axis from bottom to top."""

    image_url: str
    start_s: float
    end_s: float
    label: Text = ""


@dataclass(frozen=True)
class LandmarkPicture:
    """Matching landmarks on both spectrograms.

    Attributes:
        links: ``(query_s, query_hz, reference_s, reference_hz)`` for each matching peak.
    """

    query: Spectrogram
    reference: Spectrogram
    links: Sequence[tuple[float, float, float, float]]
    low_hz: float = 180.0
    high_hz: float = 5760.0


def plain(value: Any) -> Any:
    """Dataclasses, lazy strings and tuples as what ``json_script`` can write."""
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
