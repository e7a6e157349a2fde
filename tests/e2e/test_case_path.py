"""A case in a browser: open it from the report, write, propose; the other side answers and accepts."""

import re

import pytest

from tests.factories import PASSWORD
from tests.integration.cases.helpers import make_sides

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(400)]


def test_two_labels_come_to_an_agreement(site, visit):
    sides = make_sides()
    for party, email in ((sides.ours, "bea@borealis.example"), (sides.theirs, "ada@aurora.example")):
        party.user.email = email
        party.user.set_password(PASSWORD)
        party.user.save()

    bea = visit()
    bea.sign_in("bea@borealis.example", PASSWORD)
    page = bea.page
    page.goto(f"{site.url}/o/{sides.ours.organisation.slug}/registry/matches/{sides.ours.match.id}/")
    page.get_by_role("link", name="Open a case").click()
    page.get_by_label("Your first message").fill("Part of your recording is in ours. Can we talk?")
    page.get_by_label("Sign with my name").check()
    page.get_by_role("button", name="Open the case").click()
    page.get_by_text("The case is open, and the other side is told.").first.wait_for()
    assert "Bea Borealis" in page.locator(".case-thread").inner_text()
    page.get_by_role("link", name="Make a proposal").first.click()
    page.get_by_label("Fee").fill("1250.50")
    page.get_by_label("From").fill("2027-01-01")
    page.get_by_label("Territory").fill("worldwide")
    page.get_by_role("button", name="Make a proposal").click()
    page.get_by_text("Your proposal is made").first.wait_for()

    ada = visit()
    ada.sign_in("ada@aurora.example", PASSWORD)
    page = ada.page
    page.get_by_role("link", name=re.compile("proposal waits for your answer")).first.click()
    page.locator(".data-table tbody a").first.click()
    page.get_by_text("A proposal waits for your answer").wait_for()
    page.get_by_label("Message").fill("We like it.")
    page.get_by_role("button", name="Send to the other side").click()
    page.get_by_text("We like it.").first.wait_for()
    assert page.get_by_label("Message").input_value() == "", "what was sent does not come back"
    page.locator("#files [data-input]").set_input_files(
        {"name": "contract.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n% contract\n"}
    )
    page.locator("#files").get_by_text("Kept for your organisation.").wait_for()
    page.locator("#proposals").get_by_role("link", name="Accept").click()
    page.get_by_role("button", name="Accept this proposal").click()
    page.get_by_text("The proposal is accepted").first.wait_for()
    assert "Agreed" in page.locator(".page-header").inner_text()
    assert sides.ours.case.state == "agreed"
    with page.expect_download() as download:
        page.locator("#exports").get_by_role("button", name="PDF").click()
    assert download.value.suggested_filename == f"case-{sides.theirs.case.reference}.pdf"
