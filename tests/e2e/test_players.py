"""Players in a browser: one sound at a time on a page, and the keys that all of them know."""

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]

EXCERPT = """() => {
  const audio = document.createElement("audio");
  audio.controls = true;
  audio.id = "excerpt";
  audio.src = document.querySelector("[data-play]").dataset.audioUrl;
  document.querySelector("main").append(audio);
}"""
PLAYS = """() => ({
  ab: document.querySelector(".ab [data-toggle]").ariaPressed === "true",
  one: document.querySelectorAll(".roll [data-toggle]")[0].ariaPressed === "true",
  two: document.querySelectorAll(".roll [data-toggle]")[1].ariaPressed === "true",
  bar: document.querySelector("#player [data-toggle]").ariaPressed === "true",
  excerpt: !document.getElementById("excerpt").paused,
})"""


@pytest.fixture
def page(site, visit):
    """The style guide, which has every player on one page."""
    page = visit().page
    page.goto(f"{site.url}/styleguide/")
    page.locator(".roll-tools").first.wait_for()
    page.evaluate(EXCERPT)
    return page


def _only(page, name):
    page.wait_for_function(f"(name) => {{ const now = ({PLAYS})(); return now[name]; }}", arg=name)
    return [player for player, plays in page.evaluate(PLAYS).items() if plays] == [name]


def test_one_sound_at_a_time(page):
    starts = {
        "ab": lambda: page.locator(".ab [data-toggle]").first.click(),
        "one": lambda: page.locator(".roll [data-toggle]").nth(0).click(),
        "two": lambda: page.locator(".roll [data-toggle]").nth(1).click(),
        "bar": lambda: page.locator("[data-play]").first.click(),
        "excerpt": lambda: page.evaluate("document.getElementById('excerpt').play()"),
    }
    order = ["ab", "one", "bar", "two", "excerpt", "ab", "bar", "one", "excerpt", "bar", "ab", "two"]
    for name in order:
        starts[name]()
        assert _only(page, name), name


def test_space_and_arrows_play_and_move_without_leaving_the_keyboard(page):
    time_of = "() => document.querySelector('.ab [data-time-a]').textContent"
    page.keyboard.press("Space")
    assert _only(page, "ab"), "the first player of the page answers"
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelector('.ab [data-toggle]').ariaPressed === 'false'")
    before = _seconds(page.evaluate(time_of))
    page.keyboard.press("ArrowRight")
    assert _seconds(page.evaluate(time_of)) == pytest.approx(before + 5, abs=0.11)
    page.keyboard.press("ArrowLeft")
    assert _seconds(page.evaluate(time_of)) == pytest.approx(before, abs=0.11)

    roll = page.locator(".roll").first
    roll.locator("[data-scroll]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert float(roll.locator("[data-cursor]").get_attribute("x1").rstrip("%")) == pytest.approx(4.0)
    page.keyboard.press("Home")
    assert float(roll.locator("[data-cursor]").get_attribute("x1").rstrip("%")) == 0
    page.keyboard.press("Space")
    assert _only(page, "one"), "where the focus lies"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelector('.roll [data-toggle]').ariaPressed === 'false'")
    page.locator("main input[type=search]").first.focus()
    page.keyboard.type("a b")
    assert page.locator("main input[type=search]").first.input_value() == "a b"
    assert not any(page.evaluate(PLAYS).values()), "typing plays nothing"


def _seconds(clock):
    minutes, seconds = clock.split(":")
    return 60 * int(minutes) + float(seconds)
