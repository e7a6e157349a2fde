"""A check, from the sound or the score to the verdict. No transaction is open while anything is computed."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.catalog.storage import local_copy
from apps.catalog.tasks import ensure_ingested, ensure_score_read
from apps.core.errors import Conflict
from apps.jobs.runner import Cancelled, JobRun
from apps.registry.selectors import Disclosed, disclose, entry_of, entry_of_work
from apps.registry.services import pair_of
from apps.registry.tasks import claims, similarity
from apps.registry.tasks.prints import COVERS, MELODIES, TRANSCRIPTIONS
from apps.registry.tasks.similarity import Kind
from apps.registry.tasks.store import PostgresPostingStore
from apps.rights import services
from apps.rights.models import Check, Facet
from apps.rights.selectors import thresholds_of
from apps.rights.services import FoundMatch, Outcome
from apps.rights.tasks import covers, melodies, recordings
from apps.rights.tasks.comparison import Candidate, Comparison, failed, guarded, skipped
from apps.rights.tasks.evidence import EvidenceMaker, Listen, listener, with_excerpts
from apps.rights.tasks.extraction import PeakExtractor
from apps.rights.tasks.folding import folded
from apps.rights.tasks.hearing import Heard, music_and_melody
from ml.similarity.melody.notes import Melody

LISTENED, HEARD, CLAIMED, COMPARED = 0.3, 0.42, 0.45, 0.93
SHARES = {Facet.RECORDING: 0.7, Facet.COVER: 0.2, Facet.MELODY: 0.1}
"""How the time of comparing is divided, for the progress that is shown."""
Progress = Callable[[float, str], None]


def run_check(run: JobRun, check_id: uuid.UUID) -> None:
    """Listen, claim a place, compare with the registry in every facet, make the evidence, write the verdict.

    Killed at any point, it starts again from the beginning: the claim keeps its number, and nothing else was written.
    """
    with run.transaction():
        check = services.begin_check(check_id=check_id)
    with checking(run, check, run.progress) as outcome:
        result = {"check_id": str(check_id), "verdict": "conflict" if outcome.conflicts else "clear"}
        with run.commit(result) as job:
            if job.cancel_requested_at:
                raise Cancelled
            services.record_outcome(check_id=check_id, outcome=outcome)


@contextmanager
def checking(run: JobRun, check: Check, progress: Progress) -> Iterator[Outcome]:
    """What a check finds; its evidence files are removed again when the block that writes it down fails."""
    maker = EvidenceMaker(run.organisation_id)
    with ExitStack() as stack:
        try:
            work = _WorkCheck if check.work_id else _TrackCheck
            yield work(run, check, progress, maker, stack).outcome()
        except BaseException:
            maker.discard()
            raise


@dataclass
class _Clock:
    """Seconds spent in each step."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(time.monotonic() - started, 3)


class _AnyCheck:
    """What checks of tracks and of works have in common."""

    def __init__(self, run: JobRun, check: Check, progress: Progress, maker: EvidenceMaker, stack: ExitStack) -> None:
        self.run, self.check, self.progress, self.maker, self.stack = run, check, progress, maker, stack
        self.clock = _Clock()

    def outcome(self) -> Outcome:
        """Does everything but writing it down."""
        raise NotImplementedError

    @cached_property
    def thresholds(self) -> dict[str, float]:
        with self.run.transaction():
            return thresholds_of()

    @property
    def organisation_id(self) -> uuid.UUID:
        return self.run.organisation_id

    def standing_number(self) -> int:
        """The number of what is registered; it stays the same whatever the check finds.

        Raises:
            Conflict: it was taken out of the registry meanwhile.
        """
        entry = entry_of_work(self.check.work_id) if self.check.work_id else entry_of(self.check.subject_id)
        if entry is None:
            message = _("It was taken out of the registry meanwhile. Start a new check.")
            raise Conflict(message, code="withdrawn_meanwhile")
        return entry.number

    def step(self, facet: Facet, start: float, message: str) -> Callable[[float], None]:
        """Progress of one comparison that begins when so much of comparing is done."""
        whole = COMPARED - CLAIMED

        def report(fraction: float) -> None:
            self.progress(CLAIMED + whole * (start + SHARES[facet] * fraction), message)

        return report

    def found(self, number: int, comparisons: list[Comparison]) -> tuple[FoundMatch, ...]:
        """The matches with what each one's owner publishes. Entries that were withdrawn meanwhile are left out."""
        listed = [(comparison, candidate) for comparison in comparisons for candidate in comparison.candidates]
        numbers = sorted({candidate.number for _comparison, candidate in listed})
        with self.run.transaction():
            known = disclose(number, numbers)
            pairs = {other: pair_of(number, other) for other in known}
        made = []
        for done, (comparison, candidate) in enumerate(listed):
            if candidate.number not in known:
                continue
            self.progress(COMPARED + (0.99 - COMPARED) * done / len(listed), _("Preparing the evidence"))
            pair_id, other = pairs[candidate.number], known[candidate.number]
            made.append(self.built(comparison.facet, candidate, pair_id, other))
        return folded(made)

    def built(self, facet: Facet, candidate: Candidate, pair_id: uuid.UUID, other: Disclosed) -> FoundMatch:
        """The match of one candidate with its evidence files."""
        match = candidate.build(pair_id, other)
        may_hear = other.subject == "recording" and (other.shares_excerpts or other.already_ours)
        if facet == Facet.RECORDING or not may_hear:
            return match
        return with_excerpts(self.maker, match)


class _TrackCheck(_AnyCheck):
    """A recording: its sound, its music, and its lead voice."""

    _listener: Listen | None = None

    def outcome(self) -> Outcome:
        with self.clock.step("listen"):
            heard = self._listen()
        self.progress(HEARD, _("Taking a place in the registry"))
        with self.clock.step("claim"):
            claim = claims.prepare(self.check.subject_id, heard.asset.id, heard.asset.sha256, heard.peaks)
            number = self._claim(claim, heard)
        with self.clock.step("compare"):
            store = PostgresPostingStore(self.organisation_id, number)
            comparisons = [
                self._recording(store, heard),
                guarded(Facet.COVER, partial(self._cover, number, heard)),
                guarded(Facet.MELODY, partial(self._melody, number, heard)),
            ]
        with self.clock.step("evidence"):
            matches = self.found(number, comparisons)
        facets = {comparison.facet.value: comparison.record() for comparison in comparisons}
        return Outcome(
            entry_number=number,
            digest=claim.digest,
            compared_with=len(store.durations),
            extractor_version=claims.EXTRACTOR_VERSION,
            matcher_version=recordings.version(),
            threshold=self.thresholds[Facet.RECORDING],
            matches=matches,
            seconds=self.clock.seconds | {f"hear_{name}": round(took, 3) for name, took in heard.seconds.items()},
            facets=facets,
        )

    def _listen(self) -> Heard:
        message, extractor = _("Listening to the recording"), PeakExtractor()
        self.progress(0.01, message)
        listened = ensure_ingested(
            self.run,
            self._asset_id,
            progress=lambda fraction: self.progress(LISTENED * fraction, message),
            consume=extractor.add,
        )
        peaks = extractor.finish()
        self.progress(LISTENED, _("Hearing its harmony and its melody"))
        return music_and_melody(listened.asset, peaks, extractor.samples)

    @property
    def _asset_id(self) -> uuid.UUID:
        if self.check.asset_id is None:
            raise ValueError("A check of a track without a recording")
        return self.check.asset_id

    def _claim(self, claim: claims.Claim, heard: Heard) -> int:
        """A place with all that later checks compare with, in one transaction: whoever comes after it sees it whole."""
        with self.run.transaction():
            number = self.standing_number() if self.check.keeps_place else claims.make(claim)
            for kind, printed in ((COVERS, heard.music), (TRANSCRIPTIONS, heard.melody)):
                if printed is not None:
                    similarity.put(number, kind.name, kind.version, printed.to_bytes())
        return number

    def _recording(self, store: PostgresPostingStore, heard: Heard) -> Comparison:
        count = len(store.durations)
        message = ngettext(
            "Comparing with %(count)d registered recording", "Comparing with %(count)d registered recordings", count
        ) % {"count": count}
        return recordings.compare(
            store,
            heard.peaks,
            partial(self._sound, heard),
            threshold=self.thresholds[Facet.RECORDING],
            progress=self.step(Facet.RECORDING, 0.0, message),
        )

    def _sound(self, heard: Heard) -> recordings.Sound:
        if self._listener is None:
            path = self.stack.enter_context(local_copy(heard.asset.storage_key))
            self._listener = listener(heard.samples, path)
        return recordings.Sound(heard.peaks, self._listener, self.maker)

    def _cover(self, number: int, heard: Heard) -> Comparison:
        if heard.music is None:
            return _unheard(Facet.COVER, heard.problems.get("cover", ""))
        return covers.compare(
            self.organisation_id,
            number,
            heard.music,
            threshold=self.thresholds[Facet.COVER],
            everyone=self.check.keeps_place,
            progress=self.step(Facet.COVER, SHARES[Facet.RECORDING], _("Looking for other performances of this music")),
        )

    def _melody(self, number: int, heard: Heard) -> Comparison:
        if heard.melody is None:
            return _unheard(Facet.MELODY, heard.problems.get("melody", ""))
        return melodies.compare(
            self.organisation_id,
            number,
            heard.melody,
            [MELODIES],
            threshold=self.thresholds[Facet.MELODY],
            everyone=self.check.keeps_place,
            progress=self.step(Facet.MELODY, 1.0 - SHARES[Facet.MELODY], _("Comparing its melody with scores")),
        )


class _WorkCheck(_AnyCheck):
    """A score: its melody, with those of other scores and with the lead voices of recordings."""

    KINDS: tuple[Kind[Melody], ...] = (MELODIES, TRANSCRIPTIONS)

    def outcome(self) -> Outcome:
        with self.clock.step("listen"):
            stored, score = self._read()
            melody = Melody.from_bytes(stored)
        digest = sha256(stored).hexdigest()
        self.progress(HEARD, _("Taking a place in the registry"))
        with self.clock.step("claim"), self.run.transaction():
            number = (
                self.standing_number()
                if self.check.keeps_place
                else claims.make_of_work(
                    self.check.subject_id, score.id, score.sha256, digest, score.duration_s or 0.0, MELODIES.version
                )
            )
            similarity.put(number, MELODIES.name, MELODIES.version, stored)
        with self.clock.step("compare"):
            comparison = melodies.compare(
                self.organisation_id,
                number,
                melody,
                self.KINDS,
                threshold=self.thresholds[Facet.MELODY],
                everyone=self.check.keeps_place,
                progress=self.step(Facet.MELODY, 1.0 - SHARES[Facet.MELODY], _("Comparing the melody")),
            )
        with self.clock.step("evidence"):
            matches = self.found(number, [comparison])
        return Outcome(
            entry_number=number,
            digest=digest,
            compared_with=comparison.compared_with,
            extractor_version=MELODIES.version,
            matcher_version=comparison.version,
            threshold=self.thresholds[Facet.MELODY],
            matches=matches,
            seconds=self.clock.seconds,
            facets={Facet.MELODY.value: comparison.record()},
        )

    def _read(self) -> tuple[bytes, Any]:
        if self.check.score_id is None:
            raise ValueError("A check of a work without a score")
        message = _("Reading the score")
        self.progress(0.01, message)
        read = ensure_score_read(
            self.run, self.check.score_id, progress=lambda fraction: self.progress(LISTENED * fraction, message)
        )
        return read.melody, read.score


def _unheard(facet: Facet, problem: str) -> Comparison:
    """Why there is nothing to compare."""
    reasons = {
        "too_long": _(
            "Longer than 20 minutes: music and melody are compared of single pieces. The sound was compared."
        ),
        "too_short": _("Too short: music is compared from five seconds on."),
        "no_melody": _("No lead voice was heard that could be compared."),
    }
    if problem not in reasons:
        return failed(facet)
    return skipped(facet, problem, reasons[problem])
