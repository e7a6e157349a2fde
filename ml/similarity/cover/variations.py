"""Versions of a song: other tempo, key, instruments, accompaniment, ornaments, drums, order of sections."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ml.similarity.cover.material import Chord, Song, Tone
from ml.symbolic.render import NoteEvent, Voice

LEADS = (0, 4, 11, 22, 24, 26, 40, 42, 52, 53, 56, 64, 65, 66, 68, 71, 73, 75, 80, 81)
BACKINGS = (0, 1, 4, 5, 6, 16, 19, 21, 24, 25, 26, 27, 46, 48, 50, 61, 88, 89)
BASSES = (32, 33, 35, 38, 43)
STYLES = ("block", "arpeggio", "offbeat")
KINDS = (
    "instruments",
    "key",
    "tempo",
    "humanised",
    "drums",
    "rearranged",
    "structure",
    "no_melody",
    "melody_only",
    "reharmonised",
    "cover",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a version is played.

    tempo: relative to the song's own; semitones: up; lead, backings, bass: General MIDI programs (bass None: none).
    style: ``written`` (the song's own accompaniment, or block chords for a lead sheet) or one of STYLES, played from
    the chord symbols. ornaments: share of the tune's notes that get one. jitter_s, rubato: unevenness of single notes
    and of the tempo. drums: with a drum kit. order: ``all`` or ``changed`` (a third of the sections dropped, others
    moved). tune, backed: whether the tune and the accompaniment are played. reharmonised: share of the chords that are
    replaced.
    """

    tempo: float = 1.0
    semitones: int = 0
    lead: int = 0
    backings: tuple[int, int] = (48, 0)
    bass: int | None = None
    style: str = "written"
    ornaments: float = 0.0
    jitter_s: float = 0.005
    rubato: float = 0.0
    drums: bool = False
    order: str = "all"
    tune: bool = True
    backed: bool = True
    reharmonised: float = 0.0


def reference_plan(rng: np.random.Generator) -> Plan:
    """How the registered version of a song is played."""
    return Plan(
        lead=int(rng.choice(LEADS)),
        backings=(int(rng.choice(BACKINGS)), int(rng.choice(BACKINGS))),
        drums=bool(rng.random() < 0.5),
        jitter_s=0.01,
    )


def variation(kind: str, base: Plan, rng: np.random.Generator) -> Plan:
    """The plan of a version that differs from `base` in one way, or (``cover``) in all."""
    changes: dict[str, Callable[[], Plan]] = {
        "instruments": lambda: _other_instruments(base, rng),
        "key": lambda: replace(base, semitones=int(rng.choice([-5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6]))),
        "tempo": lambda: replace(base, tempo=_tempo(rng)),
        "humanised": lambda: _humanised(base, rng, 0.2),
        "drums": lambda: replace(base, drums=not base.drums),
        "rearranged": lambda: _rearranged(base, rng),
        "structure": lambda: replace(base, order="changed"),
        "no_melody": lambda: replace(_other_instruments(base, rng), tune=False),
        "melody_only": lambda: replace(_other_instruments(base, rng), backed=False, drums=False),
        "reharmonised": lambda: replace(_rearranged(base, rng), reharmonised=0.35),
        "cover": lambda: _cover(base, rng),
    }
    return changes[kind]()


def _tempo(rng: np.random.Generator) -> float:
    return float(rng.choice([rng.uniform(0.72, 0.92), rng.uniform(1.09, 1.38)]))


def _other_instruments(base: Plan, rng: np.random.Generator) -> Plan:
    leads = [p for p in LEADS if p != base.lead]
    backings = [p for p in BACKINGS if p not in base.backings]
    first, second = rng.choice(backings, 2).tolist()
    return replace(base, lead=int(rng.choice(leads)), backings=(first, second))


def _humanised(base: Plan, rng: np.random.Generator, ornaments: float) -> Plan:
    return replace(base, ornaments=ornaments, jitter_s=0.025, rubato=float(rng.uniform(0.03, 0.07)))


def _rearranged(base: Plan, rng: np.random.Generator) -> Plan:
    return replace(_other_instruments(base, rng), style=str(rng.choice(STYLES)), bass=int(rng.choice(BASSES)))


def _cover(base: Plan, rng: np.random.Generator) -> Plan:
    plan = _humanised(_rearranged(base, rng), rng, 0.25)
    return replace(
        plan,
        tempo=_tempo(rng),
        semitones=int(rng.choice([-5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6])),
        drums=not base.drums,
        order="changed",
        reharmonised=0.1,
    )


def perform(song: Song, plan: Plan, seed: int) -> list[Voice]:
    """The voices of a version; the same seed gives the same performance."""
    rng = np.random.default_rng(seed)
    chords = _reharmonised(song.chords, plan.reharmonised, rng)
    written = plan.style == "written" and len(song.parts) > 1
    tracks: list[tuple[str, int, list[Tone]]] = []
    if plan.tune:
        tracks.append(("tune", plan.lead, _ornamented(song.parts[0], plan.ornaments, rng)))
    if plan.backed and written:
        tracks += [("backing", plan.backings[k % 2], list(part)) for k, part in enumerate(song.parts[1:])]
    elif plan.backed:
        style = "block" if plan.style == "written" else plan.style
        tracks.append(("backing", plan.backings[1], _accompaniment(chords, style)))
        tracks.append(("bass", 33 if plan.bass is None else plan.bass, _bass(chords)))
    if plan.drums and plan.backed:
        tracks.append(("drums", 0, _drums(song)))
    if plan.order == "changed":
        pieces = _changed_order(song.sections, rng)
        tracks = [(role, program, _in_order(tones, pieces)) for role, program, tones in tracks]
    clock = _clock(song.seconds_a_beat / plan.tempo, plan.rubato, rng)
    return [_voice(role, program, tones, plan, clock, rng) for role, program, tones in tracks if tones]


def _voice(
    role: str,
    program: int,
    tones: list[Tone],
    plan: Plan,
    clock: Callable[[float], float],
    rng: np.random.Generator,
) -> Voice:
    level = {"tune": 8, "backing": -8, "bass": 0, "drums": -10}[role]
    notes = []
    for t in tones:
        start = max(0.0, clock(t.onset) + float(rng.normal(0, plan.jitter_s)))
        end = max(start + 0.06, clock(t.onset + t.length))
        velocity = int(np.clip(t.velocity + level + rng.normal(0, 5), 25, 124))
        pitch = t.pitch if role == "drums" else int(np.clip(t.pitch + plan.semitones, 21, 108))
        notes.append(NoteEvent(pitch, start, end - start, velocity))
    return Voice(program, notes, is_drum=role == "drums")


def _clock(seconds_a_beat: float, rubato: float, rng: np.random.Generator) -> Callable[[float], float]:
    """Seconds of a beat: steady, with two slow swings of the tempo by the share `rubato` each."""
    periods, phases = rng.uniform(12, 40, 2), rng.uniform(0, 2 * np.pi, 2)

    def at(beat: float) -> float:
        swing = periods / (2 * np.pi) * rubato * (np.sin(2 * np.pi * beat / periods + phases) - np.sin(phases))
        return 0.2 + max(0.0, (beat + float(swing.sum())) * seconds_a_beat)

    return at


def _ornamented(tones: tuple[Tone, ...], share: float, rng: np.random.Generator) -> list[Tone]:
    """The tune with some notes dropped, split, turned, prepared by a grace note or late."""
    out: list[Tone] = []
    for t in tones:
        if rng.random() >= share:
            out.append(t)
            continue
        step = int(rng.choice([-2, -1, 1, 2]))
        kind = rng.choice(["drop", "split", "turn", "grace", "late"], p=[0.15, 0.2, 0.2, 0.25, 0.2])
        if kind == "split":
            out += [replace(t, length=t.length / 2), replace(t, onset=t.onset + t.length / 2, length=t.length / 2)]
        elif kind == "turn":
            third = t.length / 3
            out += [
                replace(t, onset=t.onset + k * third, length=third, pitch=t.pitch + step * (k == 1)) for k in range(3)
            ]
        elif kind == "grace":
            small = min(0.15, t.length / 3)
            out.append(replace(t, length=small, pitch=t.pitch + step))
            out.append(replace(t, onset=t.onset + small, length=t.length - small))
        elif kind == "late":
            out.append(replace(t, onset=t.onset + t.length / 4, length=t.length * 0.75))
    return out


def _reharmonised(chords: tuple[Chord, ...], share: float, rng: np.random.Generator) -> tuple[Chord, ...]:
    """Some triads replaced by one a third away, which shares two tones."""
    out = []
    for c in chords:
        if rng.random() < share:
            root, minor = c.classes[0], (c.classes[0] + 3) % 12 in c.classes
            other = (root + (3 if minor else 9)) % 12
            shape = (0, 4, 7) if minor else (0, 3, 7)
            c = replace(c, classes=tuple((other + s) % 12 for s in shape))
        out.append(c)
    return tuple(out)


def _accompaniment(chords: tuple[Chord, ...], style: str) -> list[Tone]:
    out: list[Tone] = []
    for c in chords:
        pitches = sorted(52 + (p - 52) % 12 for p in c.classes)
        if style == "block":
            out += [Tone(c.onset, c.length, p, 72) for p in pitches]
        elif style == "arpeggio":
            order = [*pitches, pitches[1]]
            onsets = np.arange(0, c.length - 1e-6, 0.5)
            out += [Tone(c.onset + float(x), 0.75, order[k % len(order)], 74) for k, x in enumerate(onsets)]
        else:
            out += [
                Tone(c.onset + x + 0.5, 0.4, p, 74) for x in np.arange(0, c.length - 0.5, 1.0).tolist() for p in pitches
            ]
    return out


def _bass(chords: tuple[Chord, ...]) -> list[Tone]:
    out: list[Tone] = []
    for c in chords:
        tones = [36 + (c.classes[k] - 36) % 12 for k in (0, 2)]
        onsets = np.arange(0, c.length - 1e-6, 2.0).tolist()
        out += [Tone(c.onset + x, min(2.0, c.length - x) * 0.9, tones[k % 2], 80) for k, x in enumerate(onsets)]
    return out


def _drums(song: Song) -> list[Tone]:
    out: list[Tone] = []
    for beat in range(int(song.length)):
        out.append(Tone(beat, 0.1, 36 if beat % 2 == 0 else 38, 92))
        out += [Tone(beat + x, 0.1, 42, 70) for x in (0.0, 0.5)]
    return out


def _changed_order(sections: tuple[tuple[float, float], ...], rng: np.random.Generator) -> list[tuple[float, float]]:
    """Two thirds of the sections (three at least), two of them exchanged."""
    count = len(sections)
    kept = sorted(rng.choice(count, max(min(3, count), round(count * 0.67)), replace=False).tolist())
    if len(kept) > 2:
        a, b = rng.choice(len(kept), 2, replace=False).tolist()
        kept[a], kept[b] = kept[b], kept[a]
    return [sections[k] for k in kept]


def _in_order(tones: list[Tone], pieces: list[tuple[float, float]]) -> list[Tone]:
    out: list[Tone] = []
    at = 0.0
    for start, end in pieces:
        out += [replace(t, onset=t.onset - start + at) for t in tones if start - 0.05 <= t.onset < end - 0.05]
        at += end - start
    return [replace(t, onset=max(0.0, t.onset)) for t in out]
