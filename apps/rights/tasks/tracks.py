"""A check of a recording: its sound, its music, and its lead voice."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from apps.catalog.storage import local_copy
from apps.catalog.tasks import ensure_ingested
from apps.jobs import said
from apps.registry.tasks import claims, similarity
from apps.registry.tasks.prints import COVERS, MELODIES, TRANSCRIPTIONS
from apps.registry.tasks.similarity import Kind
from apps.registry.tasks.store import PostgresPostingStore
from apps.rights.models import Facet
from apps.rights.services import Outcome
from apps.rights.tasks import covers, melodies, recordings, windows
from apps.rights.tasks.comparison import Comparison, failed, guarded, skipped
from apps.rights.tasks.evidence import Listen, listener
from apps.rights.tasks.hearing import Ear, Heard
from apps.rights.tasks.steps import HEARD, LISTENED, SHARES, AnyCheck, Kept, Place
from apps.rights.tasks.windows import Stretch
from ml.similarity.cover.features import CoverPrint
from ml.similarity.melody.notes import Melody

NOT_APPLICABLE = frozenset({"too_short", "no_melody"})
Report = Callable[[float], None]


class TrackCheck(AnyCheck):
    """What a check of a track does."""

    FACETS = (Facet.RECORDING, Facet.COVER, Facet.MELODY)
    _listener: Listen | None = None

    @classmethod
    def prints(cls) -> dict[Facet, Kept]:
        return {
            Facet.RECORDING: Kept("fingerprint", claims.EXTRACTOR_VERSION),
            Facet.COVER: Kept(COVERS.name, COVERS.version),
            Facet.MELODY: Kept(TRANSCRIPTIONS.name, TRANSCRIPTIONS.version),
        }

    def outcome(self) -> Outcome:
        with self.clock.step("listen"):
            heard = self._listen()
        self.progress(HEARD, said.gettext("Taking a place in the registry"))
        with self.clock.step("claim"):
            place = self._claim(heard)
        with self.clock.step("compare"):
            comparisons = [self._compared(facet, place, heard) for facet in self.wanted]
        with self.clock.step("evidence"):
            facets, story = self.told(place, comparisons)
        found = Outcome(
            entry_number=place.number,
            digest=place.digest,
            compared_with=sum(one.compared_with for one in comparisons if one.facet == Facet.RECORDING),
            extractor_version=claims.EXTRACTOR_VERSION,
            matcher_version=recordings.version(),
            threshold=self.thresholds[Facet.RECORDING],
            seconds={f"hear_{name}": round(took, 3) for name, took in heard.seconds.items()},
        )
        return self.ended(found, facets, story)

    def _listen(self) -> Heard:
        message, ear = said.gettext("Listening to the recording"), Ear(self.wanted)
        self.progress(0.01, message)
        if self.check.asset_id is None:
            raise ValueError("A check of a track without a recording")
        listened = ensure_ingested(
            self.run,
            self.check.asset_id,
            progress=lambda fraction: self.progress(LISTENED * fraction, message),
            consume=ear.add,
        )
        self.progress(LISTENED, said.gettext("Hearing its harmony and its melody"))
        return ear.finish(listened.asset)

    def _claim(self, heard: Heard) -> Place:
        """A place with all that later checks compare with, in one transaction: whoever comes after it sees it whole.

        What stands keeps its number; prints of an older version are replaced by those that were just made.
        """
        claim = claims.prepare(self.check.subject_id, heard.asset.id, heard.asset.sha256, heard.peaks)
        prints: list[tuple[Facet, Kind[Any], Sequence[Stretch[Any]]]] = [
            (Facet.COVER, COVERS, heard.music),
            (Facet.MELODY, TRANSCRIPTIONS, heard.melody),
        ]
        with self.run.transaction():
            number = self.standing_number() if self.stands else claims.make(claim)
            before = self.replaced(number) if self.stands else {}
            if Facet.RECORDING in before and claims.renew(number, claim) is None:
                del before[Facet.RECORDING]
            renewed = {
                facet
                for facet, kind, stretches in prints
                for stretch in stretches
                if heard.is_whole and similarity.put(number, kind.name, kind.version, stretch.printed.to_bytes())
            }
        return Place(number, claim.digest, frozenset(renewed) if self.stands else frozenset(), before)

    def _compared(self, facet: Facet, place: Place, heard: Heard) -> Comparison:
        work = {Facet.RECORDING: self._recording, Facet.COVER: self._cover, Facet.MELODY: self._melody}[facet]
        return guarded(facet, partial(work, place, heard))

    def _recording(self, place: Place, heard: Heard) -> Comparison:
        store = PostgresPostingStore(self.organisation_id, place.number)
        message = said.ngettext(
            "Comparing with %(count)d registered recording",
            "Comparing with %(count)d registered recordings",
            len(store.durations),
        )
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

    def _cover(self, place: Place, heard: Heard) -> Comparison:
        message = said.gettext("Looking for other performances of this music")
        everyone = self.sees_everyone(Facet.COVER, place)

        def alone(music: CoverPrint, threshold: float, progress: Report) -> Comparison:
            return covers.compare(
                self.organisation_id, place.number, music, threshold=threshold, everyone=everyone, progress=progress
            )

        progress = self.step(Facet.COVER, SHARES[Facet.RECORDING], message)
        return self._heard(Facet.COVER, heard, heard.music, alone, progress)

    def _melody(self, place: Place, heard: Heard) -> Comparison:
        message = said.gettext("Comparing its melody with scores")
        everyone = self.sees_everyone(Facet.MELODY, place)

        def alone(melody: Melody, threshold: float, progress: Report) -> Comparison:
            return melodies.compare(
                self.organisation_id,
                place.number,
                melody,
                [MELODIES],
                threshold=threshold,
                everyone=everyone,
                progress=progress,
            )

        progress = self.step(Facet.MELODY, 1.0 - SHARES[Facet.MELODY], message)
        return self._heard(Facet.MELODY, heard, heard.melody, alone, progress)

    def _heard(
        self, facet: Facet, heard: Heard, stretches: Sequence[Stretch[Any]], alone: windows.Compare, progress: Report
    ) -> Comparison:
        """What was heard, in one piece or several, with the registry."""
        if not stretches:
            return _unheard(facet, heard)
        return windows.compare(
            stretches, heard.peaks.duration_s, alone, threshold=self.thresholds[facet], progress=progress
        )


def _unheard(facet: Facet, heard: Heard) -> Comparison:
    """Why there is nothing to compare: it makes no sense for this recording, or hearing it failed."""
    problem = heard.problems.get(facet.value, "")
    if problem not in NOT_APPLICABLE:
        return failed(facet)
    return skipped(facet, problem, covers.version() if facet == Facet.COVER else melodies.version())
