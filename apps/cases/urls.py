"""Addresses of the pages of cases."""

from django.urls import URLPattern, path

from apps.cases.views import deadlines, detail, exports, files, lists, opening, proposals, states, thread

CASE = "cases/<uuid:case_id>/"
PROPOSAL = f"{CASE}proposals/<uuid:proposal_id>/"
DEADLINE = f"{CASE}deadlines/<uuid:deadline_id>/"
FILE = f"{CASE}files/<uuid:case_file_id>/"

# Namespace "cases".
tenant_patterns: list[URLPattern] = [
    path("cases/", lists.overview, name="list"),
    path("cases/open/match/<uuid:match_id>/", opening.from_match, name="open"),
    path("cases/open/cue/<uuid:cue_id>/", opening.from_cue, name="open"),
    path(CASE, detail.page, name="detail"),
    path(f"{CASE}messages/", thread.message, name="message"),
    path(f"{CASE}notes/", thread.note, name="note"),
    path(f"{CASE}assign/", thread.assign, name="assign"),
    path(f"{CASE}unread/", thread.unread, name="unread"),
    path(f"{CASE}propose/", proposals.propose, name="propose"),
    path(f"{PROPOSAL}accept/", proposals.accept, name="proposal_accept"),
    path(f"{PROPOSAL}decline/", proposals.decline, name="proposal_decline"),
    path(f"{PROPOSAL}withdraw/", proposals.withdraw, name="proposal_withdraw"),
    path(f"{PROPOSAL}counter/", proposals.counter, name="proposal_counter"),
    path(f"{CASE}deadlines/", deadlines.add, name="deadline"),
    path(f"{DEADLINE}met/", deadlines.met, name="deadline_met"),
    path(f"{DEADLINE}cancel/", deadlines.cancel, name="deadline_cancel"),
    path(f"{CASE}files/", files.add, name="files"),
    path(FILE, files.download, name="file"),
    path(f"{FILE}share/", files.share, name="file_share"),
    path(f"{FILE}remove/", files.remove, name="file_remove"),
    path(f"{CASE}decline/", states.decline, name="decline"),
    path(f"{CASE}withdraw/", states.withdraw, name="withdraw"),
    path(f"{CASE}close/", states.close, name="close"),
    path(f"{CASE}reopen/", states.reopen, name="reopen"),
    path(f"{CASE}verify/", exports.verify, name="verify"),
    path(f"{CASE}evidence.json", exports.evidence, name="evidence"),
    path(f"{CASE}manifest.json", exports.manifest, name="manifest"),
    path(f"{CASE}evidence/<uuid:exhibit_id>/", exports.exhibit, name="exhibit"),
    path(f"{CASE}export/", exports.export, name="export"),
    path(f"{CASE}exports/<uuid:export_id>/", exports.download, name="export_download"),
]
