"""A case from a cue: a track of another label that was heard in a recording which we monitor."""

import pytest
from django.utils import timezone

from apps.cases import services, snapshot
from apps.cases.models import Case
from apps.core.errors import Conflict
from apps.monitoring.models import Cue, CueState, LongRecording, MonitoringSource
from apps.registry.services import listen, pair_of
from tests.factories import make_member, make_user
from tests.integration.cases.helpers import Party, claimed
from tests.integration.cases.test_pages import Desk, _text
from tests.integration.rights.helpers import label

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard():
    """Our broadcast in which a track of theirs was heard twice, and both sides."""
    theirs = label("Aurora Holdings", public_name="Aurora Records")
    ours = label("Borealis Holdings", public_name="Borealis Radio")
    track, number = claimed(theirs, "Night train", "The Sleepers")
    users = [make_user(name=name) for name in ("Bea", "Ada")]
    for organisation, user in zip((ours, theirs), users, strict=True):
        make_member(organisation, "admin", user)
    us = Party(ours, users[0], None, None)
    them = Party(theirs, users[1], track, None)
    with us.bound():
        source = MonitoringSource.objects.create(name="Radio Borealis")
        recording = LongRecording.objects.create(
            source=source, title="Morning show", duration_s=3600.0, started_at=timezone.now(), threshold=1e-4,
            extractor_version="e1", matcher_version="m1", compared_with=9, finished_at=timezone.now(),
        )  # fmt: skip
        pair_id = pair_of(listen(recording.id), number)
        cues = [
            Cue.objects.create(
                recording=recording, start_s=start, end_s=start + 30.0, ref_start_s=10.0, ref_end_s=40.6,
                title="Night train", artist="The Sleepers", label="Aurora Records", contact="rights@aurora.example",
                registered=True, entry_number=number, pair_id=pair_id, ref_duration_s=180.0, tempo_ratio=1.02,
                pitch_semitones=0.0, score=80.0, chance_probability=1e-9, original={"title": "Night train"},
            )
            for start in (600.0, 1200.0)
        ]  # fmt: skip
    return us, them, cues


def test_the_owner_of_the_track_gets_the_case(heard):
    us, them, cues = heard
    with us.bound():
        case, is_new = services.open_from_cue(cue_id=cues[1].id, text="We played it; how do we report it?")
        assert is_new
        same, again = services.open_from_cue(cue_id=cues[0].id, text="The other play")
        assert (same.id, again) == (case.id, False)
    mine, theirs = snapshot.read(case.evidence, as_opener=True), snapshot.read(case.evidence, as_opener=False)
    assert (mine.origin, mine.ours.title, mine.theirs.organisation) == ("cue", "Morning show", "Aurora Records")
    assert [stretch.own_start_s for stretch in mine.main.stretches] == [1200.0, 600.0]
    assert theirs.main.stretches[0].own_start_s == 10.0
    assert theirs.main.tempo_ratio == 0.9804
    assert mine.context["source"] == "Radio Borealis"
    there = them.case
    assert (there.origin, there.origin_id, there.own_title) == ("cue", None, "Night train")
    assert there.other_organisation == "Borealis Radio"
    with us.bound():
        assert Case.objects.get().frozen_at is not None


@pytest.mark.parametrize(
    "change", [{"already_ours": True}, {"pair_id": None}, {"state": CueState.REMOVED}], ids=lambda change: str(change)
)
def test_cues_without_another_side_give_no_case(heard, change):
    us, _them, cues = heard
    with us.bound():
        Cue.objects.update(**change)
        with pytest.raises(Conflict):
            services.open_from_cue(cue_id=cues[0].id, text="Hello")
    assert "No case can be opened from this" in _text(Desk(us).get("open", cue_id=cues[0].id))


def test_the_wizard_opens_it_and_both_pages_show_it(heard):
    us, them, cues = heard
    desk = Desk(us)
    assert "10:00–10:30 of your “Morning show” is similar to 0:10–0:41 of “Night train”" in _text(
        desk.get("open", cue_id=cues[0].id)
    )
    desk.post("open", {"text": "We played it."}, cue_id=cues[0].id)
    them.work()
    page = _text(Desk(them).get("detail", case_id=them.case.id))
    assert "Heard in a monitored recording" in page
    assert "Radio Borealis" in page
    made = desk.post("export", {"kind": "pdf"}, case_id=us.case.id)
    assert made.content.startswith(b"%PDF-")
