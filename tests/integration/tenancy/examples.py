"""One full tenant, and an example for every thing that an address may name.

A new route with a part that is not in ``EXAMPLES`` fails the test of strangers: add the part here, as
``"part"`` or, where the same word names different things, as ``"view name:part"``, with a function that makes such a
thing in the world's organisation (called while that is bound) and answers its id as it stands in the address.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps.accounts.models import ApiKey, ApiScope, Invitation, Notification, User
from apps.accounts.services.api_keys import create_api_key
from apps.catalog.services import CreditInput, ReleaseDetails, create_artist, create_release
from apps.jobs.models import Job, JobState
from apps.tenancy.context import bind
from apps.tenancy.models import Membership, Organisation, Role
from apps.tenancy.services import create_organisation
from tests.factories import make_member, make_user
from tests.factories_catalog import make_recording
from tests.factories_works import make_read_score
from tests.integration.tenancy import examples_monitoring
from tests.integration.tenancy.examples_cases import Dispute, make_dispute
from tests.integration.tenancy.examples_monitoring import Monitored, make_monitored
from tests.integration.tenancy.examples_rights import Case, make_case


@dataclass
class World:
    """An organisation with an owner, a key that may do everything, and things made on demand.

    ``marker`` is in every text that belongs to this organisation alone, and must never reach another.
    """

    marker: str
    owner: User
    organisation: Organisation
    key: str
    made: dict[str, str] = field(default_factory=dict)
    _case: Case | None = None
    _dispute: Dispute | None = None
    _monitored: Monitored | None = None

    @property
    def case(self) -> Case:
        """The one checked and registered track of this world; call it while the organisation is bound."""
        if self._case is None:
            self._case = make_case(self.marker, self.owner)
        return self._case

    @property
    def monitored(self) -> Monitored:
        """The one recording with a cue sheet; call it while the organisation is bound."""
        if self._monitored is None:
            self._monitored = make_monitored(self.marker, self.owner)
        return self._monitored

    @property
    def dispute(self) -> Dispute:
        """The one case with another organisation; call it while the organisation is bound."""
        if self._dispute is None:
            self._dispute = make_dispute(self.marker, self.owner)
        return self._dispute

    def example(self, route_name: str, part: str) -> str:
        """The id of this world's example for one part of one route.

        Raises:
            LookupError: nobody said what the part is.
        """
        name = f"{route_name}:{part}" if f"{route_name}:{part}" in EXAMPLES else part
        if name not in EXAMPLES:
            raise LookupError(
                f"The route {route_name} has a part <{part}> that tests/integration/tenancy/examples.py does not know. "
                f'Add "{part}" (or "{route_name}:{part}") to EXAMPLES with a function that makes such a thing.'
            )
        if name not in self.made:
            with bind(self.organisation.id, user_id=self.owner.id):
                self.made[name] = str(EXAMPLES[name](self))
        return self.made[name]


def make_world() -> World:
    """A tenant with one owner."""
    marker = f"private-{uuid.uuid4().hex[:12]}"
    owner = make_user(f"{marker}@example.org", name=f"Owner {marker}")
    # The address and the public name are no secret.
    public = f"label-{uuid.uuid4().hex[:12]}"
    organisation = create_organisation(name=f"Label {marker}", owner_id=owner.id, slug=public)
    with bind(organisation.id, user_id=owner.id):
        Organisation.objects.filter(id=organisation.id).update(public_name=public)
        _key, secret = create_api_key(name=f"Key {marker}", scopes=ApiScope.values)
    return World(marker, owner, organisation, secret)


def _member(world: World) -> uuid.UUID:
    membership: Membership = make_member(world.organisation, Role.EDITOR, make_user(name=f"Member {world.marker}"))
    return membership.id


def _api_key(world: World) -> Any:
    return ApiKey.objects.create(name=f"Second {world.marker}", prefix="dsc_", key_hash=uuid.uuid4().hex).id


def _invitation(world: World) -> Any:
    email = f"guest-{world.marker}@example.org"
    ends = timezone.now() + timedelta(days=1)
    return Invitation.objects.create(email=email, token_hash=uuid.uuid4().hex, expires_at=ends).id


def _notification(world: World) -> Any:
    return Notification.objects.create(kind="test", text=f"News {world.marker}", link="/preferences/").id


def _job(world: World) -> Any:
    return Job.objects.create(
        kind=f"test.{world.marker}",
        idempotency_key=uuid.uuid4().hex,
        message=f"Working {world.marker}",
        state=JobState.FAILED,
        created_by=world.owner,
    ).id


def _track(world: World) -> Any:
    changes = {"notes": f"Notes {world.marker}", "release_title": f"Release {world.marker}"}
    credited = [CreditInput(f"Artist {world.marker}")]
    return make_recording(filename=f"Track {world.marker}.wav", changes=changes, credited=credited).track_id


def _asset(world: World) -> Any:
    return make_recording(filename=f"Recording {world.marker}.wav").id


def _work(world: World) -> Any:
    score = make_read_score(filename=f"Work {world.marker}.mid", changes={"notes": f"Notes {world.marker}"})
    return score.work_id


def _score(world: World) -> Any:
    return make_read_score(filename=f"Score {world.marker}.mid").id


def _artist(world: World) -> Any:
    return create_artist(name=f"Another artist {world.marker}").id


def _release(world: World) -> Any:
    return create_release(details=ReleaseDetails(f"Another release {world.marker}")).id


EXAMPLES: dict[str, Callable[[World], Any]] = {
    "member_id": _member,
    "key_id": _api_key,
    "invitation_id": _invitation,
    "notification_id": _notification,
    "job_id": _job,
    "track_id": _track,
    "asset_id": _asset,
    "work_id": _work,
    "score_id": _score,
    "artist_id": _artist,
    "release_id": _release,
    "check_id": lambda world: world.case.check.id,
    "recheck_id": lambda world: world.case.recheck.id,
    "match_id": lambda world: world.case.match.id,
    "evidence_id": lambda world: world.case.evidence.id,
    "decision_id": lambda world: world.case.decision.id,
    "registration_id": lambda world: world.case.registration.id,
    "certificate_id": lambda world: world.case.certificate.id,
    **examples_monitoring.EXAMPLES,
    "case_id": lambda world: world.dispute.case.id,
    "proposal_id": lambda world: world.dispute.proposal.id,
    "deadline_id": lambda world: world.dispute.deadline.id,
    "case_file_id": lambda world: world.dispute.file.id,
    "exhibit_id": lambda world: world.dispute.exhibit.id,
    "export_id": lambda world: world.dispute.export.id,
}
