"""What checks of recordings and of works have in common: steps, progress, and the evidence of what they find."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from apps.core.errors import Conflict
from apps.core.stopwatch import Stopwatch
from apps.jobs import said
from apps.jobs.runner import JobRun
from apps.jobs.said import Said
from apps.registry.selectors import Disclosed, disclose, entry_of, entry_of_work, print_versions
from apps.registry.services import pair_of
from apps.rights.models import Check, Facet
from apps.rights.selectors import thresholds_of
from apps.rights.services import FoundMatch, Outcome
from apps.rights.tasks.comparison import Candidate, Comparison, attempted, failed
from apps.rights.tasks.evidence import EvidenceMaker, with_excerpts
from apps.rights.tasks.folding import Story, one_story

LISTENED, HEARD, CLAIMED, COMPARED = 0.3, 0.42, 0.45, 0.93
SHARES = {Facet.RECORDING: 0.7, Facet.COVER: 0.2, Facet.MELODY: 0.1}
"""How the time of comparing is divided, for the progress that is shown."""
Progress = Callable[[float, Said], None]


class Kept(NamedTuple):
    """A print in the registry: its kind, and the version that it is made with."""

    kind: str
    version: str


@dataclass(frozen=True)
class Place:
    """Where the subject stands in the registry.

    renewed: facets whose print is new under an old number, so that entries that came later never saw it. before: with
    which version the print of a facet was made that was replaced.
    """

    number: int
    digest: str
    renewed: frozenset[Facet] = frozenset()
    before: Mapping[Facet, str] = field(default_factory=dict)


class AnyCheck:
    """A check under way. One that has an answer already compares only what failed then."""

    FACETS: tuple[Facet, ...] = ()

    def __init__(self, run: JobRun, check: Check, progress: Progress, maker: EvidenceMaker, stack: ExitStack) -> None:
        self.run, self.check, self.progress, self.maker, self.stack = run, check, progress, maker, stack
        self.clock = Stopwatch()
        self.wanted = tuple(check.failed_facets) if check.is_answered else self.FACETS

    @classmethod
    def prints(cls) -> dict[Facet, Kept]:
        """What the registry keeps for each comparison, and the version that is made now."""
        raise NotImplementedError

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

    @property
    def stands(self) -> bool:
        """Whether the subject has a place in the registry that this check must not change."""
        return self.check.keeps_place or self.check.is_answered

    def standing_number(self) -> int:
        """The number of the subject's place; it stays the same whatever the check finds.

        Raises:
            Conflict: it was taken out of the registry meanwhile.
        """
        entry = entry_of_work(self.check.work_id) if self.check.work_id else entry_of(self.check.subject_id)
        if entry is None:
            message = _("It was taken out of the registry meanwhile. Start a new check.")
            raise Conflict(message, code="withdrawn_meanwhile")
        return entry.number

    def replaced(self, number: int) -> dict[Facet, str]:
        """The versions of prints that stand and that this check makes anew with another one."""
        stored = print_versions(number)
        return {
            facet: stored[kept.kind]
            for facet, kept in self.prints().items()
            if facet in self.wanted and stored.get(kept.kind, kept.version) != kept.version
        }

    def sees_everyone(self, facet: Facet, place: Place) -> bool:
        """Whether later entries are compared too: always in a re-check, and where they never saw this print."""
        return self.check.keeps_place or facet in place.renewed

    def step(self, facet: Facet, start: float, message: Said) -> Callable[[float], None]:
        """Progress of one comparison that begins when so much of comparing is done."""
        whole = COMPARED - CLAIMED

        def report(fraction: float) -> None:
            self.progress(CLAIMED + whole * (start + SHARES[facet] * fraction), message)

        return report

    def told(self, place: Place, comparisons: Sequence[Comparison]) -> tuple[dict[str, Any], Story]:
        """How each comparison went, and the matches with what each one's owner publishes.

        Entries that were withdrawn meanwhile are left out. A comparison whose evidence can't be made has failed.
        """
        listed = sorted({candidate.number for comparison in comparisons for candidate in comparison.candidates})
        with self.run.transaction():
            known = disclose(place.number, listed)
            pairs = {other: pair_of(place.number, other) for other in known}
        facets: dict[str, Any] = {}
        made: list[FoundMatch] = []
        for comparison in comparisons:
            built = attempted(comparison.facet, partial(self._built, comparison, pairs, known))
            ended = comparison if built is not None else failed(comparison.facet)
            facets[comparison.facet.value] = ended.record() | self._print_of(comparison.facet, place)
            made += built or []
        with self.run.transaction():
            return facets, one_story(self.check, made)

    def _print_of(self, facet: Facet, place: Place) -> dict[str, str]:
        made = {"print": self.prints()[facet].version}
        return made | ({"print_before": place.before[facet]} if facet in place.before else {})

    def _built(
        self, comparison: Comparison, pairs: dict[int, uuid.UUID], known: dict[int, Disclosed]
    ) -> list[FoundMatch]:
        chosen = [one for one in comparison.candidates if one.number in known]
        made = []
        for done, one in enumerate(chosen):
            self.progress(COMPARED + (0.99 - COMPARED) * done / len(chosen), said.gettext("Preparing the evidence"))
            made.append(self._match(comparison.facet, one, pairs[one.number], known[one.number]))
        return made

    def _match(self, facet: Facet, candidate: Candidate, pair_id: uuid.UUID, other: Disclosed) -> FoundMatch:
        """The match of one candidate with its evidence files."""
        match = candidate.build(pair_id, other)
        may_hear = other.subject == "recording" and (other.shares_excerpts or other.already_ours)
        if facet == Facet.RECORDING or not may_hear:
            return match
        return with_excerpts(self.maker, match)

    def ended(self, outcome: Outcome, facets: dict[str, Any], story: Story) -> Outcome:
        """The outcome with what was found."""
        return replace(
            outcome,
            matches=story.matches,
            absorbed=story.absorbed,
            folded=story.folded,
            facets=facets,
            seconds=outcome.seconds | self.clock.seconds,
        )
