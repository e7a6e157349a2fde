"""Two labels whose recordings matched: registry rows through its own functions, matches written row by row."""

import io
import json
import struct
import uuid
import zlib
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from apps.cases import services
from apps.cases.models import Case
from apps.catalog.models import Track, TrackStatus
from apps.jobs import runner
from apps.jobs.models import Job, JobState
from apps.registry.services import pair_of
from apps.rights import storage
from apps.rights.models import (
    Check,
    CheckState,
    Direction,
    EvidenceFile,
    EvidenceKind,
    Match,
    MatchKind,
    MatchSegment,
    Verdict,
)
from apps.tenancy.context import bind
from tests.factories import make_member, make_user
from tests.factories_catalog import make_asset, make_track
from tests.integration.rights.helpers import label

FIRST_MESSAGE = "Part of your recording is in ours. Can we talk about a licence?"


@dataclass
class Party:
    """One label with an administrator, its track, and its side of the match."""

    organisation: Any
    user: Any
    track: Any
    match: Any

    def bound(self) -> Any:
        return bind(self.organisation.id, user_id=self.user.id)

    def work(self) -> list[JobState | None]:
        """Do all waiting jobs of this label, as a worker does."""
        with bind(self.organisation.id):
            waiting = Job.objects.filter(state=JobState.QUEUED).order_by("created_at").values_list("id", flat=True)
            ids = list(waiting)
        return [runner.run(job_id, self.organisation.id) for job_id in ids]

    @property
    def case(self) -> Case:
        """Its one case, read anew."""
        with bind(self.organisation.id):
            found: Case = Case.objects.select_related("organisation").get()
        return found


@dataclass
class Sides:
    """``ours`` found the match by its check; ``theirs`` was told of it."""

    ours: Party
    theirs: Party


def png(grey: int = 120) -> bytes:
    """A picture of one colour, 8 by 8."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(b"\x00" + bytes([grey]) * 8 for _ in range(8))
    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def make_sides(ours_name: str = "Borealis", theirs_name: str = "Aurora") -> Sides:
    """Two labels and one match between them, with pictures on both sides."""
    theirs = label(
        f"{theirs_name} Holdings", public_name=f"{theirs_name} Records", contact_route="rights@aurora.example",
        share_excerpts=True,
    )  # fmt: skip
    ours = label(f"{ours_name} Holdings", public_name=f"{ours_name} Records", contact_route="legal@borealis.example")
    their_track, their_number = claimed(theirs, "Night train", "The Sleepers")
    our_track, our_number = claimed(ours, "Street recording", "Ben Borealis")
    with bind(ours.id):
        pair_id = pair_of(our_number, their_number)
    users = {o.id: make_user(name=n) for o, n in ((ours, "Bea Borealis"), (theirs, "Ada Aurora"))}
    for organisation in (ours, theirs):
        make_member(organisation, "admin", users[organisation.id])
    return Sides(
        ours=Party(ours, users[ours.id], our_track, matched(ours, our_track, pair_id, "Night train", outgoing=True)),
        theirs=Party(
            theirs, users[theirs.id], their_track,
            matched(theirs, their_track, pair_id, "Street recording", outgoing=False),
        ),
    )  # fmt: skip


def claimed(organisation: Any, title: str, artist: str) -> tuple[Track, int]:
    """A track with a place in the registry."""
    with bind(organisation.id), connection.cursor() as cursor:
        track = make_track(title, status=TrackStatus.CHECKING, artist=artist, notes=f"Secret of {organisation.name}")
        cursor.execute(
            "SELECT registry_claim(%s, %s, %s, %s, %s, %s, %s, %s)",
            [track.id, uuid.uuid4(), "0" * 64, uuid.uuid4().hex * 2, 180.0, 1, "landmarks-1", b""],
        )
        number: int = cursor.fetchone()[0]
    return track, number


def matched(organisation: Any, track: Track, pair_id: uuid.UUID, other_title: str, *, outgoing: bool) -> Match:
    """One side's row of the match: seconds 31.2–41.7 of ours are 62.4–72.9 of theirs, ours 2 % faster."""
    now = timezone.now()
    with bind(organisation.id):
        check = None
        if outgoing:
            asset = make_asset(filename=f"{track.title} secret.wav", ingest=False)
            check = Check.objects.create(
                track=track, asset=asset, state=CheckState.DONE, verdict=Verdict.CONFLICT, entry_number=1,
                digest="0" * 64, compared_with=7, threshold=1e-3, started_at=now, finished_at=now,
                extractor_version="landmarks-1", matcher_version="match-2",
            )  # fmt: skip
        other = ("Aurora Records", "rights@aurora.example", "The Sleepers") if outgoing else (
            "Borealis Records", "legal@borealis.example", "Ben Borealis",
        )  # fmt: skip
        match: Match = Match.objects.create(
            track=track, check_run=check, pair_id=pair_id, other_title=other_title, other_artist=other[2],
            direction=Direction.OUTGOING if outgoing else Direction.INCOMING, other_organisation=other[0],
            other_contact=other[1], other_registered=outgoing, other_shares_excerpts=outgoing, other_duration_s=180.0,
            kind=MatchKind.EXCERPT, alterations=["faster"] if outgoing else ["slower"], score=90.0,
            chance_probability=1e-9, tempo_ratio=1.02 if outgoing else 0.9804,
            pitch_semitones=1.0 if outgoing else -1.0, own_share=0.5 if outgoing else 0.1,
            other_share=0.1 if outgoing else 0.5,
        )  # fmt: skip
        spans = (31.2, 41.7, 62.4, 72.9) if outgoing else (62.4, 72.9, 31.2, 41.7)
        segment = MatchSegment.objects.create(
            match=match, position=0, own_start_s=spans[0], own_end_s=spans[1], other_start_s=spans[2],
            other_end_s=spans[3], tempo_ratio=match.tempo_ratio, pitch_semitones=match.pitch_semitones, confidence=0.99,
            score=90.0,
        )  # fmt: skip
        landmarks = json.dumps({"points": [[32.0, 440.0, 63.2, 440.0]], "min_hz": 180.0, "max_hz": 5760.0}).encode()
        files = [
            (EvidenceKind.OWN_SPECTROGRAM, "image/png", png(90 if outgoing else 60)),
            (EvidenceKind.LANDMARKS, "application/json", landmarks),
        ]
        if outgoing:
            files.append((EvidenceKind.OTHER_SPECTROGRAM, "image/png", png(200)))
        for kind, media_type, content in files:
            key = storage.store(content, organisation_id=organisation.id)
            EvidenceFile.objects.create(
                match=match, segment=segment, kind=kind, storage_key=key, media_type=media_type,
                size_bytes=len(content), start_s=spans[0], end_s=spans[1],
            )  # fmt: skip
    return match


def opened(sides: Sides, text: str = FIRST_MESSAGE, **arguments: Any) -> Case:
    """The case that our side opens; answers our row."""
    with sides.ours.bound():
        case, _is_new = services.open_from_match(match_id=sides.ours.match.id, text=text, **arguments)
    return case


def pdf_file(content: bytes = b"%PDF-1.4\n% a contract\n", name: str = "contract.pdf") -> Any:
    """A file as a form sends it."""
    file = io.BytesIO(content)
    file.name = name
    return file
