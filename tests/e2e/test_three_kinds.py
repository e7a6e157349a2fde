"""The report of three kinds in a browser: music with its chroma and both sides to hear, a melody as two rolls."""

import pytest

from apps.rights.models import Match
from apps.tenancy.context import bind
from tests.factories import PASSWORD, make_member, make_user
from tests.integration.rights.helpers import check, draft, label, registered
from tests.integration.rights.scores import changed, check_work, played, registered_work, tune, work_of

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(400)]
LONG = 110


def test_music_and_melody_are_read_in_their_reports(committed, request):
    theirs = label("Borealis", public_name="Borealis", share_excerpts=True)
    ours = label("Aurora", public_name="Aurora Records")
    registered(theirs, played(tune(3, LONG)), "Night train", artist="The Sleepers")
    other = played(changed(tune(3, LONG), semitones=6, tempo=1.15), bright=0.4, player=6)
    found = check(ours, draft(ours, other, "Morning bus"))
    registered_work(theirs, tune(5), "Nocturne", composer="Ada Keys")
    melody = check_work(ours, work_of(ours, changed(tune(5), semitones=-4), "Lullaby"))
    with bind(ours.id):
        cover = Match.objects.get(check_run=found.check, facet="cover")

    # The site has a worker of its own, which would take the checks away: it starts now.
    site, visit = request.getfixturevalue("site"), request.getfixturevalue("visit")
    make_member(ours, "editor", make_user("ann@aurora.example", name="Ann Aurora"))
    visitor = visit()
    page = visitor.page
    visitor.sign_in("ann@aurora.example", PASSWORD)
    page.goto(f"{site.url}/o/{ours.slug}/registry/checks/{found.check.id}/")
    page.get_by_role("heading", name="The same music, played differently").wait_for()
    page.get_by_role("heading", name="A similar melody").wait_for()
    page.get_by_role("link", name="Read the report").click()
    page.wait_for_url(f"**/matches/{cover.id}/")
    assert page.locator(".chroma-plane").count() >= 2
    assert page.locator(".chroma-plane").first.evaluate("e => e.getBoundingClientRect().width") > 300
    # Both sides can be heard at the same place.
    page.get_by_role("button", name="Switch side").first.wait_for()
    page.get_by_text("How the evidence adds up").wait_for()

    page.goto(f"{site.url}/o/{ours.slug}/registry/matches/{melody.matches[0].id}/")
    page.locator(".roll-pair .roll-plane").wait_for()
    assert page.locator(".roll-plane .is-same").count() > 80
    page.locator(".roll [data-toggle]").click()
    page.wait_for_function("() => document.querySelector('.roll [data-time]').textContent > '0:00.3'")
