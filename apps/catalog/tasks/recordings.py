"""Listening to recordings: facts, levels, outline and tags, in one decoding pass."""

import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.catalog import services, storage
from apps.catalog.models import AudioAsset
from apps.catalog.rejections import rejection_message
from apps.catalog.services.uploads import INGEST
from apps.core.errors import InvalidInput, NotFound
from apps.jobs import said
from apps.jobs.handlers import handler
from apps.jobs.models import Job
from apps.jobs.runner import JobRun

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ml.audio import AudioAnalysis, AudioFacts

    Samples = NDArray[np.float32]

Progress = Callable[[float], None]
Consume = Callable[["Samples"], None]

# What browsers play by themselves; of anything else a listening copy is made.
_PLAYABLE = frozenset({"wav", "flac", "mp3", "ogg", "m4a", "aac"})
_PLAYABLE_CODECS = frozenset({"aac", "mp3", "opus", "vorbis", "flac", "pcm_s16le", "pcm_s24le", "pcm_f32le", "pcm_u8"})
_STEREO = 2
_COPY_RATE_HZ = 44_100
_COPY_BIT_RATE = 192_000


class RecordingRejected(InvalidInput):
    """The recording can't be used; the asset says why. Ends the job that listened to it."""

    default_code = "recording_rejected"


@dataclass(frozen=True)
class Listened:
    """A recording that was decoded once: its row, and mono float32 samples at 22,050 Hz.

    ``samples`` is empty when a ``consume`` callable took them block by block.
    """

    asset: AudioAsset
    samples: "Samples"


def _release(job: Job) -> None:
    services.release_recording(asset_id=uuid.UUID(job.args["asset_id"]))


def _page(job: Job) -> str:
    return reverse("catalog:track", kwargs={"slug": job.organisation.slug, "track_id": job.subject_id})


@handler(INGEST, queue="cpu", on_abandoned=_release, title=gettext_lazy("Listening to a recording"), link=_page)
def ingest_asset(run: JobRun) -> None:
    """Analyse an uploaded recording; one that is analysed already is left as it is."""
    asset_id = uuid.UUID(run.args["asset_id"])
    message = said.gettext("Listening to the recording")
    if not _start(run, asset_id).is_ready:
        analyse_asset(run, asset_id, progress=lambda fraction: run.progress(fraction, message), consume=_drop)
    with run.commit({"asset_id": str(asset_id)}):
        pass


def ensure_ingested(
    run: JobRun, asset_id: uuid.UUID, *, progress: Progress, consume: Consume | None = None
) -> Listened:
    """The samples of a recording for a job of another app, decoded once.

    A recording that was not analysed yet is analysed on the way, and that is written down in a short fenced
    transaction; none is open while decoding.

    Args:
        progress: gets the fraction of the decoding (0–1).
        consume: takes the samples block by block instead of collecting them (three hours are 950 MB).

    Raises:
        NotFound: the recording was deleted.
        RecordingRejected: it can't be used; the asset and its draft say so already.
    """
    asset = _start(run, asset_id)
    if not asset.is_ready:
        return analyse_asset(run, asset_id, progress=progress, consume=consume)
    import numpy as np

    from ml.audio import stream

    blocks: list[Samples] = []
    take = consume or blocks.append
    with _rejecting(run, asset_id), storage.local_copy(asset.storage_key) as path:
        for block in stream(path, progress=progress):
            take(block)
    return Listened(asset, np.concatenate(blocks) if blocks else np.zeros(0, np.float32))


def analyse_asset(run: JobRun, asset_id: uuid.UUID, *, progress: Progress, consume: Consume | None = None) -> Listened:
    """Decode a recording once and write down what was found. Arguments and errors as ``ensure_ingested``."""
    from ml.audio import TruncatedAudio, analyse, read_tags

    asset = _start(run, asset_id)
    with _rejecting(run, asset_id), storage.local_copy(asset.storage_key) as path:
        analysis = analyse(path, progress, consume=consume)
        facts = analysis.facts
        if facts.truncated:
            # What can be read is not the recording that the label means to register.
            raise TruncatedAudio(facts.container, facts.duration_s, facts.declared_duration_s)
        tags = services.TagValues(**asdict(read_tags(path)))
        preview_key = _listening_copy(path, asset, facts)
    with run.transaction():
        written = services.record_analysis(asset_id=asset_id, facts=_facts(analysis, tags, preview_key))
    if written is None:
        raise NotFound(_("There is no such recording."))
    return Listened(written, analysis.samples)


def _drop(block: "Samples") -> None:
    """Nobody needs the samples."""


def _start(run: JobRun, asset_id: uuid.UUID) -> AudioAsset:
    with run.transaction():
        asset = services.start_analysis(asset_id=asset_id)
    if asset.is_rejected:
        raise RecordingRejected(asset.error_message, code=asset.error_code)
    return asset


@contextmanager
def _rejecting(run: JobRun, asset_id: uuid.UUID) -> Iterator[None]:
    """Write a refusal of ml down where the user sees it, and end the job with it."""
    from ml.audio import AudioError

    try:
        yield
    except AudioError as error:
        code, params = error.code, dict(error.params)
    except FileNotFoundError:
        code, params = "file_missing", {}
    else:
        return
    with run.transaction():
        services.reject_recording(asset_id=asset_id, code=code, params=params)
    raise RecordingRejected(rejection_message(code, params), code=code)


def _facts(analysis: "AudioAnalysis", tags: services.TagValues, preview_key: str) -> services.RecordingFacts:
    import numpy as np

    facts, peaks = analysis.facts, analysis.peaks
    return services.RecordingFacts(
        container=facts.container,
        codec=facts.codec,
        sample_rate_hz=facts.sample_rate_hz,
        channels=facts.channels,
        channel_layout=facts.channel_layout,
        bit_depth=facts.bit_depth,
        bit_rate=facts.bit_rate,
        duration_s=facts.duration_s,
        loudness_lufs=analysis.loudness.integrated_lufs,
        loudness_range_lu=analysis.loudness.range_lu,
        true_peak_dbtp=analysis.loudness.true_peak_dbtp,
        waveform=services.Waveform(
            peaks.sample_rate, peaks.samples_per_point, np.stack([peaks.low, peaks.high], axis=1).tobytes()
        ),
        tags=tags,
        preview_key=preview_key,
    )


def _listening_copy(path: Path, asset: AudioAsset, facts: "AudioFacts") -> str:
    """A stored MP3 of a recording that browsers don't play by themselves; empty when they do."""
    if facts.container in _PLAYABLE and facts.codec in _PLAYABLE_CODECS and facts.channels <= _STEREO:
        return ""
    from ml.audio import stream, write_audio

    blocks = stream(path, sample_rate=_COPY_RATE_HZ, mono=facts.channels != _STEREO)
    with tempfile.TemporaryDirectory(prefix="descant-") as folder:
        copy = Path(folder) / "copy.mp3"
        write_audio(copy, blocks, _COPY_RATE_HZ, bit_rate=_COPY_BIT_RATE)
        return storage.store_preview(copy, organisation_id=asset.organisation_id, asset_id=asset.id)
