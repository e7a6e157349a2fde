"""The demo: labels whose tracks are registered, and a recording that conflicts, however often it is made."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from apps.accounts.models import User
from apps.cases.models import Case, Proposal
from apps.catalog.models import Track
from apps.portal import demo
from apps.rights.models import Match
from apps.tenancy.context import bind
from apps.tenancy.selectors import memberships_of
from tests.factories_catalog import audio_bytes
from tests.integration.rights.helpers import RATE_HZ, song


@dataclass(frozen=True)
class Recording:
    """A rendered recording as ``ml.symbolic.demo`` describes it."""

    key: str
    kind: str
    label: str
    path: Path
    title: str
    artist: str = "A demo ensemble"
    composer: str = "Traditional"
    release: str = "A demo release"
    track_number: int | None = 1
    isrc: str = ""


def _recordings(folder: Path) -> list[Recording]:
    theirs = song(7, 20.0)
    made = {"theirs": theirs, "ours": song(8, 20.0), "excerpt": theirs[5 * RATE_HZ : 17 * RATE_HZ]}
    for name, samples in made.items():
        (folder / f"{name}.wav").write_bytes(audio_bytes(samples, rate_hz=RATE_HZ))
    return [
        Recording("theirs", "track", "ceilidh", folder / "theirs.wav", "Theirs", isrc="QZDEM2600001"),
        Recording("ours", "track", "parlour", folder / "ours.wav", "Ours", isrc="QZDEM2600002"),
        Recording("excerpt", "altered_excerpt", "parlour", folder / "excerpt.wav", "An excerpt"),
        Recording("phone", "phone_excerpt", "parlour", folder / "excerpt.wav", "For the newcomer"),
    ]


def _statuses(email: str) -> list[tuple[str, str]]:
    user = User.objects.get(email=email)
    with bind(None, user_id=user.id):
        organisation_id = memberships_of(user.id)[0].organisation_id
    with bind(organisation_id):
        return sorted(Track.objects.values_list("title", "status"))


@pytest.mark.slow
def test_demo_registers_tracks_finds_the_conflict_and_is_safe_to_repeat(committed, tmp_path):
    for _ in range(2):
        demo.seed(_recordings(tmp_path), report=lambda line: None)
        demo.make_staff()
        assert _statuses("ceilidh@descant.example") == [("Theirs", "registered")]
        assert _statuses("parlour@descant.example") == [("An excerpt", "conflict"), ("Ours", "registered")]
    user = User.objects.get(email="parlour@descant.example")
    with bind(None, user_id=user.id):
        organisation_id = memberships_of(user.id)[0].organisation_id
    with bind(organisation_id):
        assert [match.other_title for match in Match.objects.all()] == ["Theirs"]
        assert [case.state for case in Case.objects.all()] == ["in_discussion"]
        assert [(proposal.kind, proposal.state) for proposal in Proposal.objects.all()] == [("licence", "open")]
    assert demo.is_seeded()
    assert demo.phone_excerpt_path().read_bytes() == (tmp_path / "excerpt.wav").read_bytes()
