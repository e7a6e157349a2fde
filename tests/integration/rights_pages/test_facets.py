"""The report of music and of melodies, on the page, in the API's shape and on paper; the check with all three."""

import re

import pytest
from django.urls import reverse

from apps.rights import services
from apps.rights.models import Check, Match
from apps.tenancy.context import bind
from tests.integration.rights.helpers import check, draft, registered, song
from tests.integration.rights.scores import changed, check_work, played, registered_work, tune, work_of

pytestmark = pytest.mark.django_db
LONG = 110


def _text(response):
    bare = re.sub(r"<(script|style|template).*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", bare).replace("&nbsp;", " ")


def test_a_cover_is_shown_with_its_chroma_and_told_on_paper(aurora, borealis):
    registered(aurora.organisation, played(tune(3, LONG)), "Night train", artist="The Sleepers")
    other = played(changed(tune(3, LONG), semitones=6, tempo=1.15), bright=0.4, player=6)
    checked = check(borealis.organisation, draft(borealis.organisation, other, "Morning bus"))
    (match,) = checked.matches
    page = borealis.get("rights:match", match_id=match.id)
    text = _text(page)
    assert re.search(r"the same music, played differently: \d:\d\d–\d:\d\d of your track is like", text)
    assert "6 semitones higher" in text
    assert "How the evidence adds up" in text
    assert "Score needed to be reported" in text
    assert "It would not have been reported with a score of" in text
    assert match.version in text
    assert 'class="chroma-own is-4"' in page.content.decode()
    assert page.content.decode().count('class="chroma-link"') > 10
    assert "other_excerpt" in {file.kind for file in _evidence(borealis, match)}
    pdf = borealis.get("rights:match_pdf", match_id=match.id)
    assert pdf.content.startswith(b"%PDF-")
    report = _text(borealis.get("rights:check", check_id=checked.check.id))
    for said in (
        "The same sound",
        "The same music, played differently",
        "A similar melody",
        "1 recording plays similar",
    ):
        assert said in report
    rows = _text(borealis.get("rights:matches", "?facet=cover"))
    assert "Morning bus" in rows
    assert "Nothing fits these filters." in _text(borealis.get("rights:matches", "?facet=melody"))


def _evidence(desk, match):
    with bind(desk.organisation.id):
        return list(match.evidence.all())


def test_a_melody_is_shown_as_two_piano_rolls(aurora, borealis):
    registered_work(aurora.organisation, tune(5), "Nocturne", composer="Ada Keys")
    work = work_of(borealis.organisation, changed(tune(5), semitones=-4), "Lullaby")
    (match,) = check_work(borealis.organisation, work).matches
    page = borealis.get("rights:match", match_id=match.id)
    text = _text(page)
    assert re.search(r"the same melody: bars 1–\d+ of your work is like bars 1–\d+ of “Nocturne” by Ada Keys", text)
    assert "4 semitones lower" in text
    assert page.content.decode().count('class="roll-note is-same"') > 40
    assert "Notes that stand side by side" in text
    assert "The other work" in text
    assert borealis.get("rights:match_pdf", match_id=match.id).content.startswith(b"%PDF-")
    with bind(aurora.organisation.id):
        incoming = Match.objects.get()
    assert "Lullaby" in _text(aurora.get("rights:match", match_id=incoming.id))


def test_a_re_check_shows_what_changed(aurora, borealis):
    registered(aurora.organisation, song(1), "First")
    own = draft(borealis.organisation, song(1), "Second")
    (match,) = check(borealis.organisation, own).matches
    with bind(borealis.organisation.id):
        services.decide_match(match_id=match.id, kind="own_or_licensed", reason="Licence 5")
        services.register(track_id=own.id)
        Check.objects.update(findings=[])
    assert borealis.get("rights:recheck_start").status_code == 200
    answer = borealis.post("rights:recheck_start", {"scope": "all"})
    assert answer.status_code == 302
    assert borealis.work() == ["succeeded"]
    page = borealis.client.get(answer.headers["Location"])
    assert "1 found now" in _text(page)
    csv = borealis.client.get(answer.headers["Location"] + "?format=csv").content.decode()
    assert "Second,Done," in csv
    with bind(borealis.organisation.id):
        again = Check.objects.exclude(recheck=None).get()
    text = _text(borealis.get("rights:check", check_id=again.id))
    assert "What changed since the check before" in text
    assert "found now" in text
    assert reverse("rights:match", kwargs={"slug": borealis.organisation.slug, "match_id": match.id}) in (
        borealis.get("rights:check", check_id=again.id).content.decode()
    )
