"""The demo: two labels with music of their own, clear registrations, conflicts of three kinds, and broadcasts.

Every step is safe to repeat, so a seeding that was cut short goes on where it stopped.
"""

import shutil
import uuid
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.files import File

from apps.accounts.models import User
from apps.accounts.services.notifications import mark_read
from apps.catalog.models import Track, TrackStatus
from apps.catalog.services import CreditInput, receive_upload
from apps.jobs import runner
from apps.portal.demo_again import seed_again
from apps.portal.demo_cases import open_demo_case
from apps.portal.demo_material import Owners, Recording, Report, Score
from apps.portal.demo_monitoring import BROADCASTS, listen_to_broadcast
from apps.portal.demo_works import seed_works
from apps.rights.services import register, start_check
from apps.tenancy.context import bind
from apps.tenancy.models import Membership, Organisation
from apps.tenancy.selectors import memberships_of
from apps.tenancy.services import create_organisation

PASSWORD = "descant-demo"  # noqa: S105 – printed on the terminal; the command refuses to run with DEBUG off
CHECKS_AT_ONCE = 2


@dataclass(frozen=True)
class DemoLabel:
    """One demo label and the person who signs in for it."""

    key: str
    name: str
    slug: str
    contact: str
    email: str
    person: str


LABELS = (
    DemoLabel(
        "parlour", "Parlour Editions (demo)", "parlour-editions", "rights@parlour.example", "parlour@descant.example",
        "Parlour demo user",
    ),
    DemoLabel(
        "ceilidh", "Ceilidh Recordings (demo)", "ceilidh-recordings", "rights@ceilidh.example",
        "ceilidh@descant.example", "Ceilidh demo user",
    ),
)  # fmt: skip


def phone_excerpt_path() -> Path:
    """Where the excerpt lies that a newcomer is invited to upload."""
    return Path(settings.MEDIA_ROOT) / "demo" / "phone-excerpt.wav"


def seed(recordings: Iterable[Recording], scores: Sequence[Score] = (), *, report: Report) -> None:
    """Make labels and people, register tracks and works, then what conflicts with them, broadcasts and a case.

    Side effects: all of it, through the same services as a person's own uploads.
    """
    labels = {label.key: _label(label) for label in LABELS}
    ids = {key: (organisation.id, user.id) for key, (organisation, user) in labels.items()}
    listed = list(recordings)
    # Processes of their own: threads would wait for each other's Python.
    with ProcessPoolExecutor(CHECKS_AT_ONCE, get_context("spawn"), initializer=django.setup) as pool:
        _seed_catalogues(pool, ids, listed, report)
        # Registered before the cover is checked, whose report then has music and melody.
        seed_works([score for score in scores if not score.conflicts], ids, report=report)
        for organisation_id, user_id in ids.values():
            with bind(organisation_id, user_id=user_id):
                mark_read(user_id=user_id)  # only what needs a decision shall greet a newcomer
        _seed_conflicts(pool, ids, listed, report)
    seed_works([score for score in scores if score.conflicts], ids, report=report)
    seed_again(ids, report=report)
    for item in listed:
        if item.kind == "altered_excerpt":
            open_demo_case(ids, item.title)
        if item.kind == "phone_excerpt":
            phone_excerpt_path().parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(item.path, phone_excerpt_path())


def _seed_catalogues(pool: Executor, ids: Owners, listed: Sequence[Recording], report: Report) -> None:
    tracks = [item for item in listed if item.kind == "track"]
    report(f"Checking and registering {len(tracks)} tracks …")
    list(pool.map(_check_and_register, [(*ids[item.label], item) for item in tracks]))


def _seed_conflicts(pool: Executor, ids: Owners, listed: Sequence[Recording], report: Report) -> None:
    mixes = [item for item in listed if item.kind == "mix"]
    # Before the mix itself is checked: once it is in the registry, a broadcast of it is a broadcast of a mix.
    report("Listening to the mix as a broadcast …")
    heard = [(*ids[planned.label], planned, item) for planned in BROADCASTS for item in mixes]
    list(pool.map(listen_to_broadcast, heard))
    extras = [item for item in listed if item.kind in ("altered_excerpt", "cover", "mix")]
    report("Checking an altered excerpt, a cover and a long mix …")
    list(pool.map(_check, [(*ids[item.label], item) for item in extras]))


def logins() -> str:
    """What a newcomer may sign in as, and what to try first."""
    lines = [f"  {label.name:30} {label.email:28} password {PASSWORD}" for label in LABELS]
    lines.append(f"  {'Staff portal (/staff/)':30} {'staff@descant.example':28} password {PASSWORD}")
    lines.append("Try: sign in as Parlour Editions, Registry → Register recordings, and upload this phone recording")
    lines.append(f"  {phone_excerpt_path()}")
    return "\n".join(lines)


def is_seeded() -> bool:
    """Whether the demo stands already."""
    return User.objects.filter(email="staff@descant.example").exists()


def make_staff() -> None:
    """The staff user comes last: it marks that the demo is complete."""
    if not is_seeded():
        User.objects.create_superuser("staff@descant.example", PASSWORD, name="Demo staff")


def _label(label: DemoLabel) -> tuple[Organisation, User]:
    user = User.objects.filter(email=label.email).first()
    if user is None:
        user = User.objects.create_user(label.email, PASSWORD, name=label.person)
    with bind(None, user_id=user.id):
        memberships: list[Membership] = memberships_of(user.id)
    if memberships:
        return memberships[0].organisation, user
    organisation = create_organisation(name=label.name, owner_id=user.id, slug=label.slug)
    with bind(organisation.id, user_id=user.id):
        organisation.contact_route = label.contact
        organisation.share_excerpts = True
        organisation.save()
    return organisation, user


Work = tuple[uuid.UUID, uuid.UUID, Recording]


def _check_and_register(work: Work) -> None:
    organisation_id, user_id, _recording = work
    track_id = _check(work)
    with bind(organisation_id, user_id=user_id):
        if Track.objects.get(id=track_id).status == TrackStatus.CLEAR:
            register(track_id=track_id)


def _check(work: Work) -> uuid.UUID:
    """Upload and check one recording; answers the track's id."""
    organisation_id, user_id, recording = work
    changes: dict[str, Any] = {"title": recording.title}
    if recording.isrc:
        changes |= {"isrc": recording.isrc, "release_title": recording.release}
        changes |= {"track_number": recording.track_number}
    credited = [CreditInput(recording.artist)]
    if recording.composer:
        credited.append(CreditInput(recording.composer, "composer"))
    with bind(organisation_id, user_id=user_id), recording.path.open("rb") as stream:
        uploaded = receive_upload(
            file=File(stream, name=recording.path.name),
            filename=recording.path.name,
            changes=changes,
            credited=credited,
            ingest=False,
        )
        track = uploaded.track
        check = start_check(track_id=track.id) if track.status == TrackStatus.DRAFT else None
    if check is not None and check.job_id:
        runner.run(check.job_id, organisation_id)
    return track.id


__all__ = ["LABELS", "PASSWORD", "is_seeded", "logins", "make_staff", "phone_excerpt_path", "seed"]
