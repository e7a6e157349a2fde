"""A work's path in a browser: drop a score, see and hear it, have it checked, register it, choose a threshold."""

import pytest

from apps.rights.models import Certificate
from apps.tenancy.context import bind
from tests.factories import PASSWORD, make_member, make_user
from tests.factories_works import midi_bytes
from tests.integration.rights.helpers import label

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(400)]

PITCHES = (67, 69, 64, 66, 71, 62, 74, 72, 69, 70, 65, 67, 62, 64, 59, 76, 74, 71, 73, 66)
TUNE = tuple((float(index), 1.0, pitch) for index, pitch in enumerate(PITCHES))
CHORDS = tuple((4.0 * bar, 3.5, pitch) for bar in range(5) for pitch in (45, 48, 52))


def test_a_score_is_seen_heard_checked_and_registered(site, visit, tmp_path):
    aurora = label("Aurora", public_name="Aurora Records")
    ann = make_user("ann@aurora.example", name="Ann Aurora")
    make_member(aurora, "editor", ann)
    score = tmp_path / "harbour_waltz.mid"
    score.write_bytes(midi_bytes((*TUNE, *CHORDS), title="Harbour Waltz"))

    visitor = visit()
    page = visitor.page
    visitor.sign_in("ann@aurora.example", PASSWORD)
    page.goto(f"{site.url}/o/{aurora.slug}/registry/register/works/")
    assert page.locator('[aria-current="step"]').inner_text().endswith("Upload")
    page.locator("[data-input]").set_input_files(score)
    page.get_by_text("Received. The check has started.").wait_for()
    page.get_by_text("Nothing similar in the registry").wait_for()
    # The marker has moved with the answer.
    assert page.locator('[aria-current="step"]').inner_text().endswith("Read the answers and register")

    page.locator("#register-rows").get_by_role("link", name="Harbour Waltz").click()
    page.locator(".roll-plane").wait_for()
    assert page.locator(".roll-plane .is-melody").count() == len(PITCHES)
    assert page.locator(".roll-plane .is-other").count() == len(CHORDS)
    _hear(page)

    page.get_by_role("button", name="Register", exact=True).click()
    page.get_by_text("Its certificate is ready.").first.wait_for()
    with bind(aurora.id):
        code = Certificate.objects.get().code
    page.locator("#registry-panel").get_by_role("link", name=code).wait_for()


def _hear(page):
    """Play, let the cursor move, choose the melody, seek with the keyboard, zoom, and stop by leaving."""
    roll = page.locator(".roll")
    roll.locator("[data-toggle]").click()
    page.wait_for_function("() => document.querySelector('.roll [data-time]').textContent > '0:00.3'")
    assert roll.locator("[data-toggle]").inner_text().strip() == "Pause"
    assert roll.locator("[data-cursor]").get_attribute("visibility") == "visible"
    roll.locator('[data-mode="melody"]').click()
    assert roll.locator('[data-mode="melody"]').get_attribute("aria-pressed") == "true"
    roll.locator("[data-toggle]").click()
    scroll = roll.locator("[data-scroll]")
    scroll.focus()
    page.keyboard.press("Home")
    assert roll.locator("[data-time]").inner_text() == "0:00.0"
    page.keyboard.press("ArrowRight")
    # Two hundredths of ten seconds.
    assert roll.locator("[data-time]").inner_text() == "0:00.2"
    before = page.evaluate("document.querySelector('[data-plane]').getBoundingClientRect().width")
    roll.locator('[data-zoom="1"]').click()
    roll.locator('[data-zoom="1"]').click()
    roll.locator('[data-zoom="1"]').click()
    assert page.evaluate("document.querySelector('[data-plane]').getBoundingClientRect().width") > before
    roll.get_by_text("The notes as a table").click()
    assert "G4 A4 E4 F♯4" in roll.locator("table").inner_text()
