"""How cue sheets look: rows, the time line, tabs. No rule of the product is here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.components import url_or_empty
from apps.core.display import Link, TimelineItem
from apps.core.formats import clock
from apps.monitoring import wording
from apps.monitoring.models import STANDING, CorrectionKind, Cue, CueCorrection, LongRecording
from apps.monitoring.selectors import Gap, outline_points, sureness
from apps.monitoring.services.counting import zone_of
from apps.monitoring.storage import AUDIO_TYPES as PLAYABLE
from apps.monitoring.storage import UNKNOWN_TYPE

POINTS = 900
WAVE_HEIGHT = 100
TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800)
MOST_TICKS = 12
LANES = 3


@dataclass(frozen=True)
class Row:
    """A line of the sheet: a cue, or a stretch in which nothing was recognised."""

    start_s: float
    end_s: float
    cue: Cue | None = None
    gap: Gap | None = None
    number: int = 0
    sureness: str = ""
    changes: str = ""
    air: str = ""
    case_url: str = ""
    undo: bool = False


@dataclass(frozen=True)
class Bar:
    """A piece of the time line; positions in per cent of the whole, ready for attributes."""

    left: str
    width: str
    title: str
    kind: str
    lane: int = 0
    href: str = ""
    at: str = ""


@dataclass(frozen=True)
class Tick:
    left: str
    text: str


@dataclass(frozen=True)
class TimeLine:
    """What the picture draws; ``wave`` is the path of the outline in a box of POINTS × WAVE_HEIGHT."""

    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    wave: str
    points: int
    lanes: int


def tabs(slug: str, current: str) -> list[Link]:
    """The pages of monitoring."""
    pages = [
        ("list", _("Recordings"), "radio"),
        ("chart", _("Plays"), "activity"),
        ("watchlists", _("Watchlists"), "eye"),
        ("sources", _("Sources"), "settings"),
    ]
    return [
        Link(label, reverse(f"monitoring:{name}", kwargs={"slug": slug}), name == current, icon=icon)
        for name, label, icon in pages
    ]


def crumbs(slug: str, *further: Link) -> list[Link]:
    return [Link(_("Monitoring"), reverse("monitoring:list", kwargs={"slug": slug})), *further]


def recording_link(slug: str, recording: LongRecording) -> str:
    return reverse("monitoring:detail", kwargs={"slug": slug, "recording_id": recording.id})


def rows(slug: str, recording: LongRecording, cues: Sequence[Cue], gaps: Sequence[Gap]) -> list[Row]:
    """Cues and gaps in order of time."""
    zone = zone_of(recording.source)
    found = [
        Row(
            start_s=cue.start_s,
            end_s=cue.end_s,
            cue=cue,
            number=number,
            sureness=sureness(cue.chance_probability),
            changes=wording.changes_in_words(cue),
            air=f"{recording.on_air_at(cue.start_s).astimezone(zone):%H:%M:%S}" if recording.started_at else "",
            case_url=url_or_empty("cases:open", slug=slug, cue_id=cue.id) if may_open_case(cue) else "",
            undo=bool(getattr(cue, "may_undo", False)),
        )
        for number, cue in enumerate(cues, 1)
    ]
    found += [Row(start_s=gap.start_s, end_s=gap.end_s, gap=gap) for gap in gaps]
    return sorted(found, key=lambda row: (row.start_s, row.end_s))


def may_open_case(cue: Cue) -> bool:
    """Whether there is somebody else to talk to about it."""
    return not cue.already_ours and cue.pair_id is not None and cue.state in STANDING


def time_line(recording: LongRecording, cues: Sequence[Cue], gaps: Sequence[Gap]) -> TimeLine | None:
    """The picture of a recording; None while its length is not known."""
    whole = recording.duration_s
    if not whole:
        return None
    lanes = _lanes(cues)
    bars = [
        Bar(
            **_place(cue.start_s, cue.end_s, whole),
            title=f"{clock(cue.start_s)}–{clock(cue.end_s)} {cue.title}",
            kind="own" if cue.already_ours else "hand" if cue.by_hand else "other",
            lane=lanes[index],
            href=f"#cue-{cue.id}",
            at=f"{cue.start_s:.1f}",
        )
        for index, cue in enumerate(cues)
    ]
    bars += [
        Bar(
            **_place(gap.start_s, gap.end_s, whole),
            title=f"{clock(gap.start_s)}–{clock(gap.end_s)} {_('Silence') if gap.silent else _('Unknown')}",
            kind="silent" if gap.silent else "gap",
        )
        for gap in gaps
    ]
    return TimeLine(bars, _ticks(whole), _wave(recording), POINTS, max(lanes, default=0) + 1)


def history(corrections: Sequence[CueCorrection]) -> list[TimelineItem]:
    """What people did to a cue, newest first."""
    icons = {
        CorrectionKind.CONFIRMED: "check",
        CorrectionKind.EDITED: "pencil",
        CorrectionKind.ADDED: "plus",
        CorrectionKind.REMOVED: "trash-2",
    }
    items = []
    for done in corrections:
        text = _difference(done)
        if done.undone_at:
            taken_back = _("Taken back.")  # by itself: the collector of texts does not look into f-strings
            text = f"{text} {taken_back}".strip()
        items.append(
            TimelineItem(
                when=done.created_at,
                title=str(CorrectionKind(done.kind).label),
                text=text,
                who=str(done.actor) if done.actor else "",
                icon=icons[CorrectionKind(done.kind)],
            )
        )
    return items


def sound(slug: str, recording: LongRecording) -> dict[str, Any] | None:
    """What the player needs; None while there is nothing that browsers play."""
    if not recording.storage_key or PLAYABLE.get(recording.container, UNKNOWN_TYPE) == UNKNOWN_TYPE:
        return None
    address = {"slug": slug, "recording_id": recording.id}
    return {
        "title": recording.title,
        "by": recording.source.name if recording.source else "",
        "audio_url": reverse("monitoring:audio", kwargs=address),
        "peaks_url": reverse("monitoring:waveform", kwargs=address) if recording.outline else "",
        "duration_s": recording.duration_s,
    }


def _difference(done: CueCorrection) -> str:
    """What an edit changed: “from 1:02 to 1:05; title A → B”."""
    if done.kind != CorrectionKind.EDITED:
        return ""
    named = (("start_s", _("from")), ("end_s", _("to")), ("title", _("title")), ("artist", _("artist")))
    parts = []
    for name, label in named:
        before, after = done.before.get(name), done.after.get(name)
        if before != after:
            if name.endswith("_s"):
                before, after = clock(before, decimals=1), clock(after, decimals=1)
            parts.append(f"{label}: {before or '–'} → {after or '–'}")
    return "; ".join(parts)


def _place(start_s: float, end_s: float, whole: float) -> dict[str, Any]:
    start, end = (min(max(at / whole, 0.0), 1.0) * 100 for at in (start_s, end_s))
    return {"left": f"{start:.3f}%", "width": f"{max(end - start, 0.15):.3f}%"}


def _lanes(cues: Sequence[Cue]) -> list[int]:
    """Cues that sound at the same time lie one below the other."""
    free: list[float] = [0.0] * LANES
    found = []
    for cue in cues:
        lane = next((k for k in range(LANES) if free[k] <= cue.start_s + 0.05), LANES - 1)
        free[lane] = max(free[lane], cue.end_s)
        found.append(lane)
    return found


def _ticks(whole: float) -> list[Tick]:
    step = next((s for s in TICKS if whole / s <= MOST_TICKS), TICKS[-1])
    return [Tick(f"{at / whole * 100:.3f}%", clock(at)) for at in range(0, int(whole * 0.97) + 1, step)]


def _wave(recording: LongRecording) -> str:
    low, high = outline_points(recording, POINTS)
    if not high:
        return ""
    scale = POINTS / len(high)
    middle = WAVE_HEIGHT / 2
    top = [f"{x * scale:.1f} {middle - value / 127 * middle:.1f}" for x, value in enumerate(high)]
    bottom = [f"{x * scale:.1f} {middle - value / 127 * middle:.1f}" for x, value in enumerate(low)]
    return f"M{' L'.join(top)} L{' L'.join(reversed(bottom))} Z"
