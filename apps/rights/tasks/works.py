"""A check of a work: its melody, with those of other scores and with the lead voices of recordings."""

from functools import partial
from hashlib import sha256
from typing import Any

from apps.catalog.tasks import ensure_score_read
from apps.jobs import said
from apps.registry.tasks import claims, similarity
from apps.registry.tasks.prints import MELODIES, TRANSCRIPTIONS
from apps.registry.tasks.similarity import Kind
from apps.rights.models import Facet
from apps.rights.services import Outcome
from apps.rights.tasks import melodies
from apps.rights.tasks.comparison import Comparison, guarded
from apps.rights.tasks.steps import HEARD, LISTENED, SHARES, AnyCheck, Kept, Place
from ml.similarity.melody.notes import Melody


class WorkCheck(AnyCheck):
    """What a check of a work does."""

    FACETS = (Facet.MELODY,)
    KINDS: tuple[Kind[Melody], ...] = (MELODIES, TRANSCRIPTIONS)

    @classmethod
    def prints(cls) -> dict[Facet, Kept]:
        return {Facet.MELODY: Kept(MELODIES.name, MELODIES.version)}

    def outcome(self) -> Outcome:
        with self.clock.step("listen"):
            stored, score = self._read()
        self.progress(HEARD, said.gettext("Taking a place in the registry"))
        with self.clock.step("claim"):
            place = self._claim(stored, score)
        with self.clock.step("compare"):
            comparison = guarded(Facet.MELODY, partial(self._melody, place, Melody.from_bytes(stored)))
        with self.clock.step("evidence"):
            facets, story = self.told(place, [comparison])
        found = Outcome(
            entry_number=place.number,
            digest=place.digest,
            compared_with=comparison.compared_with,
            extractor_version=MELODIES.version,
            matcher_version=melodies.version(),
            threshold=self.thresholds[Facet.MELODY],
        )
        return self.ended(found, facets, story)

    def _read(self) -> tuple[bytes, Any]:
        if self.check.score_id is None:
            raise ValueError("A check of a work without a score")
        message = said.gettext("Reading the score")
        self.progress(0.01, message)
        read = ensure_score_read(
            self.run, self.check.score_id, progress=lambda fraction: self.progress(LISTENED * fraction, message)
        )
        return read.melody, read.score

    def _claim(self, stored: bytes, score: Any) -> Place:
        digest, subject_id = sha256(stored).hexdigest(), self.check.subject_id
        with self.run.transaction():
            if self.stands:
                number = self.standing_number()
            else:
                number = claims.make_of_work(
                    subject_id, score.id, score.sha256, digest, score.duration_s or 0.0, MELODIES.version
                )
            before = self.replaced(number) if self.stands else {}
            renewed = similarity.put(number, MELODIES.name, MELODIES.version, stored)
        return Place(number, digest, frozenset({Facet.MELODY}) if renewed and self.stands else frozenset(), before)

    def _melody(self, place: Place, melody: Melody) -> Comparison:
        return melodies.compare(
            self.organisation_id,
            place.number,
            melody,
            self.KINDS,
            threshold=self.thresholds[Facet.MELODY],
            everyone=self.sees_everyone(Facet.MELODY, place),
            progress=self.step(Facet.MELODY, 1.0 - SHARES[Facet.MELODY], said.gettext("Comparing the melody")),
        )
