"""The pages, as members of both sides use them, without JavaScript."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.cases.models import Case, CaseExport, CaseFile, Deadline, Entry, Proposal
from tests.factories import make_member, make_user
from tests.integration.cases.helpers import FIRST_MESSAGE, make_sides, opened

pytestmark = pytest.mark.django_db


class Desk:
    """A member of one side with a browser."""

    def __init__(self, party, user=None):
        self.party = party
        self.client = Client()
        self.client.force_login(user or party.user, backend="django.contrib.auth.backends.ModelBackend")

    def url(self, name, **kwargs):
        return reverse(f"cases:{name}", kwargs={"slug": self.party.organisation.slug, **kwargs})

    def get(self, name, query="", **kwargs):
        return self.client.get(self.url(name, **kwargs) + query)

    def post(self, name, data=None, **kwargs):
        return self.client.post(self.url(name, **kwargs), data or {})


@pytest.fixture
def sides():
    return make_sides()


def _as(party, role):
    user = make_user(name=f"The {role}")
    make_member(party.organisation, role, user)
    return Desk(party, user)


def _streamed(response):
    return b"".join(response.streaming_content)


def _text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_main_path_from_the_match_to_an_agreement(sides):
    ours, theirs = Desk(sides.ours), Desk(sides.theirs)
    report_page = reverse(
        "rights:match", kwargs={"slug": sides.ours.organisation.slug, "match_id": sides.ours.match.id}
    )
    wizard_url = ours.url("open", match_id=sides.ours.match.id)
    assert wizard_url in ours.client.get(report_page).content.decode()
    wizard = ours.get("open", match_id=sides.ours.match.id)
    assert "0:31–0:42 of your “Street recording” is similar to 1:02–1:13 of “Night train”" in _text(wizard)
    item = re.search(r'name="item" value="([0-9a-f-]{36})"', wizard.content.decode()).group(1)
    answer = ours.client.post(wizard_url, {"text": FIRST_MESSAGE, "item": item, "sign": "on"})
    case = sides.ours.case
    assert answer.headers["Location"] == ours.url("detail", case_id=case.id)
    page = ours.get("detail", case_id=case.id)
    for expected in (f"Case {case.reference}", FIRST_MESSAGE, "Bea Borealis", "Frozen evidence", case.evidence_sha256):
        assert expected in _text(page), expected

    sides.theirs.work()
    mine = sides.theirs.case
    listed = theirs.get("list")
    assert mine.reference in _text(listed)
    assert theirs.get("list", "?unread=on").content.decode().count(mine.reference) == 1
    page = theirs.get("detail", case_id=mine.id)
    assert FIRST_MESSAGE in _text(page)
    assert theirs.get("list", "?unread=on").content.decode().count(mine.reference) == 0
    assert theirs.post("message", {"text": "What do you offer?"}, case_id=mine.id).status_code == 302
    form = {
        "fee": "1250.50", "currency": "EUR", "starts_on": "2027-01-01", "territory": "worldwide",
        "text": "For the excerpt.", "item": "",
    }  # fmt: skip
    assert ours.client.post(ours.url("propose", case_id=case.id) + "?kind=licence", form).status_code == 302
    with sides.theirs.bound():
        proposal = Proposal.objects.get()
        assert (proposal.fee_minor, proposal.currency, proposal.by_us) == (125_050, "EUR", False)
    page = theirs.get("detail", case_id=mine.id)
    assert "A proposal waits for your answer" in _text(page)
    accept = theirs.url("proposal_accept", case_id=mine.id, proposal_id=proposal.id)
    assert accept in page.content.decode()
    assert "1,250.50 EUR" in _text(theirs.client.get(accept))
    assert theirs.client.post(accept, {"text": "Agreed."}).status_code == 302
    assert sides.ours.case.state == "agreed"
    page = _text(ours.get("detail", case_id=case.id))
    assert "Aurora Records accepted our proposal" in page
    assert "Agreed." in page


def test_opening_again_leads_to_the_case_that_stands(sides):
    case = opened(sides)
    desk = Desk(sides.ours)
    assert desk.get("open", match_id=sides.ours.match.id).headers["Location"] == desk.url("detail", case_id=case.id)
    theirs = Desk(sides.theirs)
    assert theirs.get("open", match_id=sides.theirs.match.id).headers["Location"] == theirs.url(
        "detail", case_id=sides.theirs.case.id
    )


def test_roles(sides):
    case = opened(sides)
    viewer, editor = _as(sides.ours, "viewer"), _as(sides.ours, "editor")
    page = viewer.get("detail", case_id=case.id)
    assert page.status_code == 200
    for hidden in ("Send to the other side", "Make a proposal", "Write an internal note", "Add the files"):
        assert hidden not in _text(page), hidden
    refused = [
        viewer.post("message", {"text": "x"}, case_id=case.id),
        viewer.post("note", {"note-text": "x"}, case_id=case.id),
        viewer.get("propose", case_id=case.id),
        viewer.get("deadline", case_id=case.id),
        viewer.post("files", case_id=case.id),
        viewer.post("assign", case_id=case.id),
        viewer.get("open", match_id=sides.ours.match.id),
        *(desk.post(step, {"reason": "x"}, case_id=case.id) for desk in (viewer, editor) for step in
          ("close", "withdraw", "decline", "reopen")),
    ]  # fmt: skip
    assert [response.status_code for response in refused] == [403] * len(refused)
    assert editor.post("message", {"text": "x"}, case_id=case.id).status_code == 302
    with sides.ours.bound():
        assert Case.objects.get().state == "open"
        assert Entry.objects.filter(kind="message").count() == 1


def test_only_administrators_accept(sides):
    opened(sides)
    editor = _as(sides.theirs, "editor")
    Desk(sides.ours).client.post(
        Desk(sides.ours).url("propose", case_id=sides.ours.case.id) + "?kind=share", {"share_percent": "10"}
    )
    with sides.theirs.bound():
        proposal = Proposal.objects.get()
    names = {"case_id": sides.theirs.case.id, "proposal_id": proposal.id}
    assert editor.post("proposal_accept", **names).status_code == 403
    assert "An administrator of your organisation can accept it." in _text(
        editor.get("detail", case_id=sides.theirs.case.id)
    )
    assert editor.post("proposal_decline", **names).status_code == 302


def test_errors_keep_what_was_typed(sides):
    case = opened(sides)
    desk = Desk(sides.ours)
    answer = desk.post("message", {"text": "  "}, case_id=case.id)
    assert answer.status_code == 422
    answer = desk.client.post(
        desk.url("propose", case_id=case.id) + "?kind=licence",
        {"fee": "10.5", "currency": "JPY", "starts_on": "2027-02-01", "ends_on": "2027-01-01", "territory": "Japan"},
    )
    assert answer.status_code == 422
    assert "use fewer decimals" in _text(answer)
    assert 'value="Japan"' in answer.content.decode()
    answer = desk.post("deadline", {"due_at": "2020-01-01T10:00", "for_whom": "them"}, case_id=case.id)
    assert answer.status_code == 422
    assert "at least an hour" in _text(answer)
    with sides.ours.bound():
        assert (Proposal.objects.count(), Deadline.objects.count()) == (0, 0)


def test_deadlines_are_typed_in_the_organisation_s_time_zone(sides):
    case = opened(sides)
    sides.ours.organisation.time_zone = "Asia/Shanghai"
    with sides.ours.bound():
        sides.ours.organisation.save()
    desk = Desk(sides.ours)
    assert "Asia/Shanghai" in _text(desk.get("deadline", case_id=case.id))
    form = {"due_at": "2028-03-01T18:00", "for_whom": "both", "text": "Send the stems"}
    assert desk.post("deadline", form, case_id=case.id).status_code == 302
    with sides.ours.bound():
        row = Deadline.objects.get()
        assert f"{row.due_at:%Y-%m-%d %H:%M %Z}" == "2028-03-01 10:00 UTC"
        assert (row.for_us, row.for_them) == (True, True)
    assert "Send the stems" in _text(desk.get("detail", case_id=case.id))
    assert desk.get("deadline_met", case_id=case.id, deadline_id=row.id).status_code == 200
    assert desk.post("deadline_met", case_id=case.id, deadline_id=row.id).status_code == 302
    with sides.theirs.bound():
        assert Deadline.objects.get().state == "met"


def test_files_are_only_ever_for_saving(sides):
    case = opened(sides)
    desk = Desk(sides.ours)
    file = SimpleUploadedFile("a <b>.pdf", b"%PDF-1.4\n<script>alert(1)</script>", content_type="text/html")
    assert desk.post("files", {"files": file, "share": "on"}, case_id=case.id).status_code == 302
    sides.theirs.work()
    with sides.theirs.bound():
        theirs = CaseFile.objects.get()
    answer = Desk(sides.theirs).get("file", case_id=sides.theirs.case.id, case_file_id=theirs.id)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    refused = desk.client.post(
        desk.url("files", case_id=case.id),
        {"files": SimpleUploadedFile("x.pdf", b"MZ\x00")},
        headers={"Accept": "application/json"},
    )
    assert refused.status_code == 422
    assert "PDF, pictures, recordings" in refused.json()["detail"]


def test_exports_and_verification(sides):
    case = opened(sides)
    desk = Desk(sides.ours)
    made = desk.post("export", {"kind": "pdf"}, case_id=case.id)
    assert made.headers["Content-Type"] == "application/pdf"
    assert made.content.startswith(b"%PDF-")
    data = desk.post("export", {"kind": "json"}, case_id=case.id).json()
    assert data["reference"] == case.reference
    assert desk.post("export", {"kind": "zip", "with_notes": "on"}, case_id=case.id).status_code == 302
    sides.ours.work()
    with sides.ours.bound():
        export = CaseExport.objects.get()
    answer = desk.get("export_download", case_id=case.id, export_id=export.id)
    assert _streamed(answer).startswith(b"PK")
    assert desk.get("evidence", case_id=case.id).content.decode() == case.evidence
    verified = desk.client.post(desk.url("verify", case_id=case.id), follow=True)
    assert "the evidence is what was frozen" in _text(verified)
    pictures = re.findall(r'<img class="w-full" src="([^"]+)"', verified.content.decode())
    assert len(pictures) == 2
    assert _streamed(desk.client.get(pictures[0])).startswith(b"\x89PNG")


def test_the_list_filters_sorts_and_exports(sides):
    case = opened(sides)
    desk = Desk(sides.ours)
    assert "No cases yet" in _text(_as(make_sides("Cirrus", "Dorado").ours, "viewer").get("list"))
    assert case.reference in _text(desk.get("list", "?tab=live&side=opener&sort=-due"))
    for query in ("?tab=agreed", "?state=closed", "?side=answerer", "?deadline=near", "?text=nothing", "?mine=on"):
        assert case.reference not in _text(desk.get("list", query)), query
    assert case.reference in _text(desk.get("list", "?text=night"))
    exported = desk.get("list", "?format=csv").content.decode("utf-8-sig").splitlines()
    assert exported[0] == "Case,Ours,Theirs,With,State,Opened by,Next deadline,In charge,Latest"
    assert exported[1].startswith(f"{case.reference},Street recording,Night train,Aurora Records,Open,Opened by us,,,")


def test_the_home_page_says_what_waits(sides):
    opened(sides)
    ours, theirs = Desk(sides.ours), Desk(sides.theirs)
    home = f"/o/{sides.theirs.organisation.slug}/"
    assert "1 case of another label waits for a first answer" in _text(theirs.client.get(home))
    theirs.post("message", {"text": "Yes?"}, case_id=sides.theirs.case.id)
    ours.client.post(ours.url("propose", case_id=sides.ours.case.id) + "?kind=share", {"share_percent": "10"})
    text = _text(theirs.client.get(home))
    assert "1 proposal waits for your answer" in text
    assert "1 case has news that you have not read" in text
    assert "first answer" not in text
    theirs.get("detail", case_id=sides.theirs.case.id)
    assert "news that you have not read" not in _text(theirs.client.get(home))
