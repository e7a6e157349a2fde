"""A label's main path in a browser: sign in, upload, read the report, listen, decide."""

import re
import time

import pytest

from apps.rights import services
from apps.rights.models import Certificate, Check, Decision, Match
from apps.tenancy.context import bind
from tests.factories import PASSWORD, make_member, make_user
from tests.factories_catalog import audio_bytes
from tests.integration.rights.helpers import draft, joined, label, song

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(400)]
RATE = 22_050


def test_an_excerpt_of_another_labels_track_is_found_heard_and_decided(site, visit, tmp_path):
    aurora = label("Aurora", public_name="Aurora Records", contact_route="rights@aurora.example", share_excerpts=True)
    borealis = label("Borealis")
    ben = make_user("ben@borealis.example", name="Ben Borealis")
    make_member(borealis, "editor", ben)
    _registered(aurora, song(11, 60.0), "Night train", artist="The Sleepers")
    sample = song(11, 60.0)[20 * RATE : 32 * RATE]
    recording = tmp_path / "Street recording.mp3"
    recording.write_bytes(audio_bytes(joined([song(77, 8.0), sample * 0.4, song(78, 6.0)]), form="MP3"))

    visitor = visit()
    page = visitor.page
    visitor.sign_in("ben@borealis.example", PASSWORD)
    page.get_by_role("link", name="Register recordings").first.click()
    page.locator("[data-input]").set_input_files(recording)
    page.get_by_text("Received. The check has started.").wait_for()
    report = page.get_by_role("link", name="Read the report")
    report.wait_for()
    assert "Similar to “Night train” of Aurora Records" in page.locator("#register-rows").inner_text()
    report.click()

    verdict = page.locator(".verdict-answer")
    verdict.wait_for()
    assert re.search(
        r"an excerpt of the same recording: 0:0[789]–0:(19|20|21) of your track is like 0:(19|20|21)–0:(31|32|33) "
        r"of “Night train” by The Sleepers, registered by Aurora Records\.",
        verdict.inner_text(),
    )
    _listen(page)
    assert page.locator(".landmarks img").count() == 2
    page.wait_for_function("[...document.querySelectorAll('.landmarks img')].every(i => i.complete && i.naturalWidth)")

    page.get_by_label("Own or licensed").check()
    page.get_by_label("Reason").fill("Licensed: contract 114.")
    page.get_by_role("button", name="Record the decision").click()
    page.get_by_text("Your decision is recorded").first.wait_for()
    assert "Licensed: contract 114." in page.locator(".history").inner_text()
    with bind(borealis.id):
        assert Decision.objects.get().reason == "Licensed: contract 114."
    with bind(aurora.id):
        assert Match.objects.get().other_state == "own_or_licensed"


def _registered(organisation, samples, title, **fields):
    """A registered track; the site's own worker does the check."""
    track = draft(organisation, samples, title, **fields)
    with bind(organisation.id):
        started = services.start_check(track_id=track.id)
    ends = time.monotonic() + 90
    while time.monotonic() < ends:
        with bind(organisation.id):
            if Check.objects.get(id=started.id).state == "done":
                services.register(track_id=track.id)
                return
        time.sleep(0.3)
    raise AssertionError("The worker did not finish the check")


def _listen(page):
    """Play our side, switch to theirs at the same place in the music, and go on hearing."""
    player = page.locator(".ab")
    player.scroll_into_view_if_needed()
    toggle = player.locator("[data-toggle]")
    start = player.locator("[data-time-a]").inner_text()
    toggle.click()
    page.wait_for_function("start => document.querySelector('[data-time-a]').textContent !== start", arg=start)
    assert toggle.inner_text().strip() == "Pause"
    player.locator("[data-flip]").click()
    assert player.locator('[data-switch="b"]').get_attribute("aria-pressed") == "true"
    before = player.locator("[data-time-b]").inner_text()
    page.wait_for_function("before => document.querySelector('[data-time-b]').textContent !== before", arg=before)
    seconds = [_seconds(player.locator(f"[data-time-{side}]").inner_text()) for side in "ab"]
    assert seconds[1] - seconds[0] == pytest.approx(12.0, abs=1.2), "second 20 of theirs is second 8 of ours"
    toggle.click()


def _seconds(clock):
    minutes, seconds = clock.split(":")
    return int(minutes) * 60 + float(seconds)


def test_a_file_is_compared_with_a_certificate_in_the_browser(site, visit, tmp_path):
    aurora = label("Aurora", public_name="Aurora Records")
    samples = song(12, 20.0)
    _registered(aurora, samples, "Blue hour")
    with bind(aurora.id):
        code = Certificate.objects.get().code
    same, other = tmp_path / "same.wav", tmp_path / "other.wav"
    same.write_bytes(audio_bytes(samples))
    other.write_bytes(audio_bytes(samples)[:-2] + b"\x01\x00")

    page = visit().page
    page.goto(f"{site.url}/verify/{code}/")
    page.locator("[data-input]").set_input_files(same)
    page.get_by_text("The same: this file is exactly the registered recording.").wait_for()
    page.locator("[data-input]").set_input_files(other)
    page.get_by_text("Not the same: this file differs").wait_for()


def test_the_documentation_of_the_api_draws_itself_under_the_strict_policy(site, visit):
    page = visit().page
    page.goto(f"{site.url}/api/docs/")
    page.get_by_text("/api/v1/uploads/").first.wait_for()
    page.get_by_text("/api/v1/matches/{match_id}/decisions/").first.wait_for()
