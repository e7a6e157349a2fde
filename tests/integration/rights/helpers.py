"""Labels, short pieces of invented music, and checks that run at once, as a worker runs them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.catalog.models import Track
from apps.catalog.services import CreditInput, update_track
from apps.jobs import runner
from apps.jobs.models import JobState
from apps.rights import services
from apps.rights.models import Check, Match
from apps.tenancy.context import bind
from tests.factories import make_organisation
from tests.factories_catalog import audio_bytes, make_asset

RATE_HZ = 22_050
SECONDS = 12.0


def song(seed: int, seconds: float = SECONDS, *, semitones: float = 0.0, tempo: float = 1.0) -> Any:
    """Notes drawn at random, with overtones, decay and a little noise: (n,) float32. The seed is the composition.

    ``semitones`` transposes it and ``tempo`` plays it faster, as another performance of the same notes would be.
    """
    generator = np.random.default_rng(seed)
    length = int(seconds / tempo * RATE_HZ)
    out = np.zeros(length + 2 * RATE_HZ, np.float32)
    at = 0.0
    while at < seconds:
        pitch = 57 + generator.integers(0, 36)
        duration, level = generator.uniform(0.15, 0.6), generator.uniform(0.3, 1.0)
        start, t = int(at / tempo * RATE_HZ), np.arange(int((duration / tempo + 0.3) * RATE_HZ)) / RATE_HZ
        hz = 440.0 * 2 ** ((pitch + semitones - 69) / 12)
        tone = sum(np.sin(2 * np.pi * hz * k * t + k) / k for k in (1, 2, 3, 5))
        end = min(start + len(t), len(out))
        out[start:end] += (level * tone * np.exp(-4 * t))[: end - start].astype(np.float32)
        at += generator.choice([0.11, 0.17, 0.23, 0.31])
    out = out[:length] / np.abs(out).max() * 0.7
    return (out + generator.normal(0, 1e-3, length)).astype(np.float32)


def joined(parts: Sequence[Any]) -> Any:
    """One recording after another."""
    return np.concatenate(list(parts))


@dataclass
class Checked:
    """A check that has run, its track and its matches, strongest first."""

    check: Check
    track: Track
    matches: list[Match]


def label(name: str = "", **published: Any) -> Any:
    """A label; ``published`` sets public_name, contact_route or share_excerpts."""
    organisation = make_organisation(name)
    for field, value in published.items():
        setattr(organisation, field, value)
    with bind(organisation.id):
        organisation.save()
    return organisation


def draft(organisation: Any, samples: Any, title: str = "Night train", *, artist: str = "", **fields: Any) -> Track:
    """An uploaded recording that nobody has checked yet."""
    with bind(organisation.id):
        asset = make_asset(audio_bytes(samples), filename=f"{title}.wav", ingest=False)
        credited = [CreditInput(artist)] if artist else None
        return update_track(track_id=asset.track_id, changes={"title": title, **fields}, credited=credited)


def run_job(organisation: Any, job: Any) -> JobState | None:
    """Do a job at once."""
    return runner.run(job.id, organisation.id)


def check(organisation: Any, track: Track) -> Checked:
    """Check a track's recording."""
    with bind(organisation.id):
        started = services.start_check(track_id=track.id)
    state = run_job(organisation, started.job)
    assert state == JobState.SUCCEEDED
    return outcome(organisation, started)


def outcome(organisation: Any, started: Check) -> Checked:
    """What stands after a check."""
    with bind(organisation.id):
        done = Check.objects.select_related("job").get(id=started.id)
        track = Track.objects.select_related("organisation").get(id=started.track_id)
        found = list(Match.objects.filter(check_run=done).order_by("-score"))
    return Checked(done, track, found)


def registered(organisation: Any, samples: Any, title: str = "Night train", **fields: Any) -> Track:
    """A track that came out clear and is registered."""
    track = draft(organisation, samples, title, **fields)
    checked = check(organisation, track)
    assert checked.check.verdict == "clear"
    with bind(organisation.id):
        services.register(track_id=track.id)
    return checked.track
