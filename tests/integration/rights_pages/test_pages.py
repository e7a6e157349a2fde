"""Lists, roles, exports, home, public verification, and what a stranger is refused."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.catalog.models import TrackStatus, Work
from apps.core.ids import uuid7
from apps.jobs.models import Job
from apps.rights.models import Certificate, Check, Match, MatchSegment, Registration
from apps.tenancy.context import bind
from tests.factories_catalog import make_asset, make_track
from tests.integration.rights_pages.conftest import make_desk

pytestmark = pytest.mark.django_db


def _text(response):
    bare = re.sub(r"<(script|style|template).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", bare)


def _check(title, *, verdict="", state="done", status=TrackStatus.CLEAR):
    """A check that has ended, as its rows stand."""
    asset = make_asset(filename=f"{title}.wav", ingest=False)
    track = asset.track
    track.title, track.status = title, status
    track.save()
    return Check.objects.create(
        track=track,
        asset=asset,
        state=state,
        verdict=verdict,
        compared_with=7,
        digest="ab" * 32,
        extractor_version="landmarks-1",
        matcher_version="votes-1",
        threshold=0.01,
        entry_number=5,
        finished_at=timezone.now(),
    )


def _match(title="My demo", *, direction="outgoing", kind="altered", other="X", tempo=1.04, pitch=1.0, **fields):
    check = _check(title, verdict="conflict", status=TrackStatus.CONFLICT)
    match = Match.objects.create(
        track=check.track,
        check_run=check if direction == "outgoing" else None,
        pair_id=uuid7(),
        direction=direction,
        kind=kind,
        alterations=["faster", "higher"],
        other_title=other,
        other_artist="Y",
        other_organisation="Z Records",
        other_registered=True,
        other_duration_s=180.0,
        score=42.0,
        chance_probability=1 / 40_231,
        tempo_ratio=tempo,
        pitch_semitones=pitch,
        own_share=0.25,
        other_share=0.05,
        **fields,
    )
    MatchSegment.objects.create(
        match=match,
        position=0,
        own_start_s=31.04,
        own_end_s=40.96,
        other_start_s=62.0,
        other_end_s=72.3,
        tempo_ratio=tempo,
        pitch_semitones=pitch,
        confidence=0.98,
        score=42.0,
    )
    return match


def _registration(title="Night train", *, state="registered", code="AAAA-BBBB-CCCC-DDDD"):
    check = _check(title, verdict="clear", status=TrackStatus.REGISTERED)
    registration = Registration.objects.create(
        track=check.track,
        check_run=check,
        state=state,
        basis="clear",
        entry_number=5,
        registered_at=timezone.now(),
    )
    certificate = Certificate.objects.create(
        registration=registration,
        code=code,
        sha256="cd" * 32,
        digest="ab" * 32,
        registrant_name="Aurora Records",
        title=title,
        duration_s=183.4,
        issued_at=timezone.now(),
    )
    return registration, certificate


def test_the_verdict_in_words_and_the_figure_behind_it(aurora):
    with bind(aurora.organisation.id):
        match = _match()
    text = _text(aurora.get("rights:match", match_id=match.id))
    assert (
        "Very likely the same recording, altered: 0:31–0:41 of your track is like 1:02–1:12 of “X” by Y, "
        "registered by Z Records. Yours is 4.0 % faster and 1 semitone higher."
    ) in text
    assert "Chance of a coincidence: 1 in 40,000" in text
    assert "0:31.0 – 0:41.0" in text
    assert "1:02.0 – 1:12.3" in text
    assert "98 %" in text
    assert "Altered: faster, transposed up" in text
    assert "25 % of yours and 5 % of the other are covered." in text
    assert "landmarks-1" in text
    assert "votes-1" in text


@pytest.mark.parametrize(("chance", "word"), [(1e-9, "likely"), (0.5, "unsure")])
def test_a_conflict_is_as_sure_as_its_surest_match(aurora, chance, word):
    with bind(aurora.organisation.id):
        match = _match()
        Match.objects.filter(id=match.id).update(chance_probability=chance)
    text = _text(aurora.get("rights:check", check_id=match.check_run_id))
    assert "1 similar recording is in the registry. Read each report and decide." in text
    assert f"How sure: {word}" in text


def test_titles_are_text_never_markup(aurora):
    with bind(aurora.organisation.id):
        match = _match("<b>bold</b>", other='<script>alert("x")</script>')
    for page in (
        aurora.get("rights:match", match_id=match.id),
        aurora.get("rights:matches"),
        aurora.get("rights:check", check_id=match.check_run_id),
        aurora.get("organisation_home"),
    ):
        body = page.content.decode()
        assert "<b>bold</b>" not in body
        assert '<script>alert("x")' not in body
    assert aurora.get("rights:match_pdf", match_id=match.id).status_code == 200


TITLES = {
    "chinese": "夜行列车",
    "arabic": "قطار الليل",
    "hebrew": "רכבת",
    "emoji": "🚂🎵 Train 👨\u200d👩\u200d👧",
    "long": "Ω" * 500,
    "korean": "한국어 노래",
    "bidi": "\u202eReversed",
    "no font": "ᚠᛇ 𝄞 \U0010fffd",
}


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_no_title_breaks_a_pdf(aurora, title):
    with bind(aurora.organisation.id):
        match = _match(title, other=title)
        _row, certificate = _registration(title)
    report = aurora.get("rights:match_pdf", match_id=match.id)
    paper = aurora.get("rights:certificate", certificate_id=certificate.id)
    assert report.content.startswith(b"%PDF-")
    assert paper.content.startswith(b"%PDF-")
    assert paper.content.rstrip().endswith(b"%%EOF")


def test_missing_fonts_are_said_and_break_nothing(aurora, monkeypatch):
    monkeypatch.setattr("apps.core.paper.fonts.FOLDER", "static/no-such-folder")
    with bind(aurora.organisation.id):
        _row, certificate = _registration()
    answer = aurora.get("rights:certificate", certificate_id=certificate.id)
    assert answer.status_code == 503
    assert "their fonts are missing" in _text(answer)


def test_lists_filter_sort_and_export(aurora):
    with bind(aurora.organisation.id):
        _match("Alpha", kind="excerpt")
        _match("Beta", kind="altered")
        _match("Gamma", direction="incoming", kind="excerpt", state="disputed")
    page = _text(aurora.get("rights:matches", "?kind=excerpt&sort=track"))
    assert "2 rows" in page
    assert page.index("Alpha") < page.index("Gamma")
    assert "Beta" not in page
    answer = aurora.get("rights:matches", "?format=csv&sort=track&state=open")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["Yours"], row["Kind"], row["State"], row["How sure"]) for row in rows] == [
        ("Alpha", "Excerpt", "Open", "likely"),
        ("Beta", "Altered", "Open", "likely"),
    ]
    checks = aurora.get("rights:checks", "?format=csv&verdict=conflict&sort=-track").content.decode("utf-8-sig")
    assert [row["Title"] for row in csv.DictReader(io.StringIO(checks))] == ["Gamma", "Beta", "Alpha"]


def test_registrations_in_csv(aurora):
    with bind(aurora.organisation.id):
        _registration("Night train")
    text = aurora.get("rights:registrations", "?format=csv").content.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["Title"], row["Number"], row["State"], row["Certificate"]) == (
        "Night train",
        "5",
        "Registered",
        "AAAA-BBBB-CCCC-DDDD",
    )


def test_an_unknown_filter_value_narrows_nothing(aurora):
    with bind(aurora.organisation.id):
        _match("Alpha")
    assert "Alpha" in _text(aurora.get("rights:matches", "?state=burning&page=99"))


def test_empty_lists_say_what_to_do(aurora):
    assert "Nothing registered yet" in _text(aurora.get("rights:registrations"))
    assert "No matches" in _text(aurora.get("rights:matches"))
    assert "No checks yet" in _text(aurora.get("rights:checks"))
    assert "Start with one recording" in _text(aurora.get("organisation_home"))


def test_viewers_read_but_do_not_act(aurora):
    viewer = make_desk(aurora.organisation, "viewer")
    with bind(aurora.organisation.id):
        match = _match()
        track = make_track()
        _row, certificate = _registration()
    assert viewer.get("rights:match", match_id=match.id).status_code == 200
    assert viewer.get("rights:certificate", certificate_id=certificate.id).status_code == 200
    assert "An editor of your organisation can decide" in _text(viewer.get("rights:match", match_id=match.id))
    assert viewer.get("rights:register").status_code == 403
    assert viewer.post("rights:register").status_code == 403
    decision = {"kind": "dispute", "reason": "No"}
    assert viewer.post("rights:match_decide", decision, match_id=match.id).status_code == 403
    for name in ("rights:track_check", "rights:track_register", "rights:track_withdraw"):
        assert viewer.post(name, track_id=track.id).status_code == 403, name
    assert viewer.post("rights:check_selected", {"selected": str(track.id)}).status_code == 403
    with bind(aurora.organisation.id):
        assert Job.objects.count() == 0
        assert Match.objects.get(id=match.id).state == "open"


def test_home_says_what_needs_somebody(aurora):
    with bind(aurora.organisation.id):
        _match("Alpha")
        _match("Beta", direction="incoming")
        _check("Gamma", verdict="clear")
        Work.objects.create(title="Nocturne", status=TrackStatus.CLEAR)
    text = _text(aurora.get("organisation_home"))
    assert "1 match of your recordings and works waits for a decision" in text
    assert "1 match with something new of another label waits for a look" in text
    assert "1 clear track can be registered" in text
    assert "1 clear work can be registered" in text
    assert "Tracks 3 Works 1 Registered 0 Clear, not registered 2 Open matches 1" in text


def test_ticked_tracks_are_checked_and_those_that_can_not_be_are_named(aurora):
    with bind(aurora.organisation.id):
        ready = make_asset(filename="Ready.wav", ingest=False).track
        bare = make_track("Bare")
    values = {"selected": [str(ready.id), str(bare.id), "no id"], "action": "check"}
    answer = aurora.client.post(aurora.url("rights:check_selected"), values, follow=True)
    text = _text(answer)
    assert "1 check has started." in text
    assert "Bare:" in text
    with bind(aurora.organisation.id):
        assert [check.track_id for check in Check.objects.all()] == [ready.id]


def test_a_check_is_started_once_however_often_one_asks(aurora):
    with bind(aurora.organisation.id):
        track = make_asset(filename="Ready.wav", ingest=False).track
    first = aurora.post("rights:track_check", track_id=track.id)
    second = aurora.post("rights:track_check", track_id=track.id)
    assert first.headers["Location"] == second.headers["Location"]
    with bind(aurora.organisation.id):
        assert Check.objects.count() == 1


def test_the_panel_of_a_track(aurora):
    with bind(aurora.organisation.id):
        registration, certificate = _registration()
        bare = make_asset(filename="Bare.wav", ingest=False).track
    text = _text(aurora.get("rights:track_panel", track_id=registration.track_id))
    assert "Registered" in text
    assert certificate.code in text
    assert "Not compared with the registry yet." in _text(aurora.get("rights:track_panel", track_id=bare.id))


def test_verification_in_every_state(aurora):
    with bind(aurora.organisation.id):
        _registration("Valid", code="AAAA-AAAA-AAAA-AAAA")
        _registration("Disputed", code="BBBB-BBBB-BBBB-BBBB", state="disputed")
        _registration("Gone", code="CCCC-CCCC-CCCC-CCCC", state="withdrawn")
    public = Client()
    assert "This certificate is valid" in _text(public.get("/verify/aaaaaaaaaaaaaaaa/"))
    assert "A match of this registration is disputed" in _text(public.get("/verify/BBBB-BBBB-BBBB-BBBB/"))
    withdrawn = _text(public.get("/verify/CCCC-CCCC-CCCC-CCCC/"))
    assert "This registration was withdrawn" in withdrawn
    assert "This certificate is valid" not in withdrawn
    assert "cd" * 32 in withdrawn
    unknown = public.get("/verify/DDDD-DDDD-DDDD-DDDD/")
    assert unknown.status_code == 404
    assert "No certificate has this code" in _text(unknown)
    asked = public.get("/verify/", {"code": " aaaa aaaa aaaa aaaa "})
    assert asked.headers["Location"] == "/verify/AAAA-AAAA-AAAA-AAAA/"


def test_uploads_are_listed_for_a_week_and_for_oneself_only(aurora):
    colleague = make_desk(aurora.organisation, name="Carl Colleague")
    with bind(aurora.organisation.id, user_id=aurora.user.id):
        make_asset(filename="Mine.wav", ingest=False)
    address = "rights:register_progress"
    assert "Mine" in _text(aurora.get(address))
    assert "Nothing uploaded lately" in _text(colleague.get(address))
    later = (timezone.now() + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert "Nothing uploaded lately" in _text(aurora.get(address, f"?since={later}"))
    assert aurora.get(address, "?since=2026-99-99T00:00:00Z").status_code == 200
