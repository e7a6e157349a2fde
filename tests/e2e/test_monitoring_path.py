"""A broadcast in a browser: submitted, listened to, corrected by keyboard, played from a cue, counted."""

import re
from datetime import UTC, datetime

import pytest

from apps.monitoring import services
from apps.monitoring.models import Cue
from apps.tenancy.context import bind
from tests.factories import PASSWORD, make_member, make_user
from tests.factories_catalog import audio_bytes
from tests.integration.monitoring.helpers import RATE_HZ, broadcast, label, noise, registered, song

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(400)]


def test_a_broadcast_becomes_a_cue_sheet(site, visit, tmp_path):
    aurora, borealis = label("Aurora", public_name="Aurora Records"), label("Borealis")
    make_member(borealis, "editor", make_user("ben@borealis.example", name="Ben Borealis"))
    registered(aurora, song(11, 60.0), "Night train", artist="The Sleepers")
    registered(borealis, song(12, 40.0), "Own song", artist="Anna")
    with bind(borealis.id):
        services.save_source(source_id=None, name="Radio North", kind="radio", time_zone="Europe/Oslo")
    sound = broadcast(noise(20), song(12, 40.0), noise(25, 3), song(11, 60.0)[: 45 * RATE_HZ], noise(20, 4))
    recording = tmp_path / "Morning show.mp3"
    recording.write_bytes(audio_bytes(sound, form="MP3"))

    visitor = visit()
    page = visitor.page
    visitor.sign_in("ben@borealis.example", PASSWORD)
    page.get_by_role("link", name="Monitoring").first.click()
    page.get_by_role("link", name="Submit a recording").first.click()
    page.get_by_label("Source").select_option(label="Radio North")
    page.get_by_label("Began on air").fill(f"{datetime.now(UTC):%Y-%m-%d}T08:00:00")
    page.locator("[data-input]").set_input_files(recording)
    page.get_by_role("link", name="Open it").click()

    sheet = page.locator(".cue-sheet")
    sheet.wait_for()
    first, second = page.locator("[data-cue]").all()
    assert re.match(
        r"0:(19|20|21) – (0:59|1:00|1:01)\s+08:00:(19|20|21)", first.locator(".cue-when span").first.inner_text()
    )
    assert "Aurora Records" in second.inner_text()

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("p")
    page.wait_for_function("document.querySelector('#player') && !document.querySelector('#player').hidden")
    page.wait_for_function(
        "/^1:2[4-9]|^1:3/.test(document.querySelector('#player [data-time]').textContent)", timeout=20_000
    )
    page.keyboard.press("c")
    page.get_by_text("“Night train” is confirmed.").first.wait_for()
    with bind(borealis.id):
        assert Cue.objects.get(title="Night train").state == "confirmed"
    page.keyboard.press("e")
    dialog = page.locator("#cue-dialog[open]")
    dialog.get_by_label("Title").fill("Night train (live)")
    page.keyboard.press("Enter")
    page.get_by_text("“Night train (live)” is corrected.").first.wait_for()
    assert page.locator("dialog[open]").count() == 0
    assert "Night train (live)" in page.locator("[data-cue].is-chosen").inner_text()
    page.locator("#toasts").get_by_role("button", name="Undo").last.click()
    page.get_by_text("is taken back").first.wait_for()
    with bind(borealis.id):
        assert Cue.objects.get(title="Night train").state == "confirmed"

    page.get_by_role("link", name="Monitoring").first.click()
    page.get_by_role("link", name="Plays").first.click()
    page.locator(".bar-plot").wait_for()
    assert "Own song" in page.locator("main").inner_text()
