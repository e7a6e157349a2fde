"""Addresses of cases below ``/api/v1/``."""

from django.urls import URLPattern, path

from apps.cases.api import parts, views

CASE = "cases/<uuid:case_id>/"
FILE = f"{CASE}files/<uuid:case_file_id>/"

urlpatterns: list[URLPattern] = [
    path("cases/", views.CaseList.as_view(), name="cases"),
    path(CASE, views.CaseDetail.as_view(), name="case"),
    path(f"{CASE}steps/", views.CaseSteps.as_view(), name="case_steps"),
    path(f"{CASE}assign/", views.CaseAssign.as_view(), name="case_assign"),
    path(f"{CASE}verify/", views.CaseVerify.as_view(), name="case_verify"),
    path(f"{CASE}evidence/", views.CaseEvidence.as_view(), name="case_evidence"),
    path(f"{CASE}manifest/", views.CaseManifest.as_view(), name="case_manifest"),
    path(f"{CASE}exhibits/<uuid:exhibit_id>/", views.CaseExhibit.as_view(), name="case_exhibit"),
    path(f"{CASE}exports/", views.CaseExports.as_view(), name="case_exports"),
    path(f"{CASE}exports/<uuid:export_id>/", views.CaseExportDetail.as_view(), name="case_export"),
    path(f"{CASE}messages/", parts.CaseMessages.as_view(), name="case_messages"),
    path(f"{CASE}notes/", parts.CaseNotes.as_view(), name="case_notes"),
    path(f"{CASE}proposals/", parts.CaseProposals.as_view(), name="case_proposals"),
    path(f"{CASE}proposals/<uuid:proposal_id>/answer/", parts.ProposalAnswer.as_view(), name="case_answer"),
    path(f"{CASE}deadlines/", parts.CaseDeadlines.as_view(), name="case_deadlines"),
    path(f"{CASE}deadlines/<uuid:deadline_id>/settle/", parts.DeadlineSettle.as_view(), name="case_deadline_settle"),
    path(f"{CASE}files/", parts.CaseFiles.as_view(), name="case_files"),
    path(FILE, parts.CaseFileDetail.as_view(), name="case_file"),
    path(f"{FILE}share/", parts.CaseFileShare.as_view(), name="case_file_share"),
]
