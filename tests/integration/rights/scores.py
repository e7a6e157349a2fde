"""Works with small scores, and recordings that play them."""

from typing import Any, cast

import numpy as np

from apps.catalog.models import Work
from apps.catalog.services import CreditInput, receive_score, update_work
from apps.rights import services
from apps.rights.models import Check, Match
from apps.tenancy.context import bind
from tests.integration.rights.helpers import Checked, run_job

RATE_HZ = 22_050
NOTES = 48


def tune(seed: int, notes: int = NOTES) -> list[tuple[float, float, int]]:
    """(onset, quarters, MIDI pitch) of an invented melody: small steps in a major scale, with leaps and rests."""
    generator = np.random.default_rng(seed)
    scale = [0, 2, 4, 5, 7, 9, 11]
    degree, at, out = 7, 0.0, []
    for _ in range(notes):
        degree = int(np.clip(degree + generator.choice([-3, -2, -1, -1, 0, 1, 1, 2, 3, 4]), 0, 14))
        length = float(generator.choice([0.5, 0.5, 1.0, 1.0, 1.5, 2.0]))
        out.append((at, length, 60 + 12 * (degree // 7) + scale[degree % 7]))
        at += length
    return out


def changed(notes: list[tuple[float, float, int]], *, semitones: int = 0, tempo: float = 1.0) -> Any:
    """The same tune in another key, played faster."""
    return [(onset / tempo, length / tempo, pitch + semitones) for onset, length, pitch in notes]


def midi(notes: list[tuple[float, float, int]], *, seconds_a_quarter: float = 0.5) -> bytes:
    """A standard MIDI file of one part, written byte by byte."""
    ticks = 480
    events = sorted(
        [(round(on * ticks), 1, pitch) for on, _length, pitch in notes]
        + [(round((on + length) * ticks) - 1, 0, pitch) for on, length, pitch in notes]
    )
    pace = round(seconds_a_quarter * 1_000_000)
    body = bytearray(b"\x00\xff\x51\x03" + pace.to_bytes(3, "big") + b"\x00\xff\x58\x04\x04\x02\x18\x08")
    before = 0
    for at, on, pitch in events:
        body += _delta(at - before) + bytes([0x90 if on else 0x80, pitch, 80 if on else 0])
        before = at
    body += b"\x00\xff\x2f\x00"
    head = b"MThd" + (6).to_bytes(4, "big") + bytes([0, 0, 0, 1]) + ticks.to_bytes(2, "big")
    return head + b"MTrk" + len(body).to_bytes(4, "big") + bytes(body)


def played(
    notes: list[tuple[float, float, int]], *, seconds_a_quarter: float = 0.5, bright: float = 1.0, player: int = 0
) -> Any:
    """A rendering: the tune with overtones over broken chords, (n,) float32 at 22,050 Hz.

    Every player has a timing and a voicing of its own, so that two of them play the same music and not the same sound.
    """
    generator = np.random.default_rng(1000 + player)
    end = max(on + length for on, length, _pitch in notes) * seconds_a_quarter
    out = np.zeros(int((end + 2) * RATE_HZ), np.float32)
    for on, length, pitch in notes:
        late = generator.uniform(0, 0.12)
        _add(out, on * seconds_a_quarter + late, length * seconds_a_quarter, pitch, generator.uniform(0.4, 0.7), bright)
    for beat in range(int(end / seconds_a_quarter)):
        under = next((pitch for on, length, pitch in notes if on + length > beat), 60)
        step = int(generator.choice([-12, -8, -5, -24, -15]))
        late = generator.uniform(0, 0.2)
        _add(
            out, beat * seconds_a_quarter + late, 0.8 * seconds_a_quarter, under + step, 0.2, generator.uniform(0.3, 1)
        )
    noise = generator.normal(0, 2e-3, len(out))
    return (out / np.abs(out).max() * 0.7 + noise).astype(np.float32)


def work_of(organisation: Any, notes: list[tuple[float, float, int]], title: str, *, composer: str = "") -> Work:
    """A work whose score was uploaded and that nobody has checked yet."""
    from django.core.files.base import ContentFile

    with bind(organisation.id):
        kept = receive_score(file=ContentFile(midi(notes), f"{title}.mid"), filename=f"{title}.mid", read=False)
        credited = [CreditInput(composer, "composer")] if composer else None
        return update_work(work_id=kept.work.id, changes={"title": title}, credited=credited)


def check_work(organisation: Any, work: Work) -> Checked:
    """Check a work's score."""
    with bind(organisation.id):
        started = services.request_work_check(work_id=work.id)
    assert run_job(organisation, started.job) == "succeeded"
    with bind(organisation.id):
        done = Check.objects.select_related("job").get(id=started.id)
        fresh = Work.objects.select_related("organisation").get(id=work.id)
        found = list(Match.objects.filter(check_run=done).order_by("-score"))
    return Checked(done, fresh, found)


def registered_work(organisation: Any, notes: list[tuple[float, float, int]], title: str, **fields: Any) -> Work:
    """A work that came out clear and is registered."""
    checked = check_work(organisation, work_of(organisation, notes, title, **fields))
    assert checked.check.verdict == "clear"
    with bind(organisation.id):
        services.register_work(work_id=checked.track.id)
    return cast(Work, checked.track)


def _add(out: Any, start_s: float, length_s: float, pitch: int, level: float, bright: float) -> None:
    t = np.arange(int(length_s * RATE_HZ)) / RATE_HZ
    hz = 440.0 * 2 ** ((pitch - 69) / 12)
    tone = sum(bright ** (k - 1) * np.sin(2 * np.pi * hz * k * t) / k for k in (1, 2, 3, 4))
    envelope = np.minimum(1, t / 0.02) * np.minimum(1, (length_s - t) / 0.03)
    at = int(start_s * RATE_HZ)
    end = min(at + len(t), len(out))
    out[at:end] += (level * tone * envelope)[: end - at].astype(np.float32)


def _delta(ticks: int) -> bytes:
    out = [ticks & 127]
    while ticks > 127:
        ticks >>= 7
        out.insert(0, ticks & 127 | 128)
    return bytes(out)
