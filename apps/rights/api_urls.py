"""Addresses of uploads, checks, matches and registrations below ``/api/v1/``."""

from django.urls import path

from apps.rights.api import checks, rechecks, thresholds, views, works

urlpatterns = [
    path("uploads/", views.UploadCreate.as_view(), name="uploads"),
    path("tracks/<uuid:track_id>/check/", views.TrackCheck.as_view(), name="track_check"),
    path("tracks/<uuid:track_id>/register/", views.TrackRegister.as_view(), name="track_register"),
    path("tracks/<uuid:track_id>/withdraw/", views.TrackWithdraw.as_view(), name="track_withdraw"),
    path("works/uploads/", works.WorkUploadCreate.as_view(), name="work_uploads"),
    path("works/<uuid:work_id>/check/", works.WorkCheck.as_view(), name="work_check"),
    path("works/<uuid:work_id>/register/", works.WorkRegister.as_view(), name="work_register"),
    path("works/<uuid:work_id>/withdraw/", works.WorkWithdraw.as_view(), name="work_withdraw"),
    path("thresholds/", thresholds.ThresholdList.as_view(), name="thresholds"),
    path("rechecks/", rechecks.RecheckCreate.as_view(), name="rechecks"),
    path("rechecks/<uuid:recheck_id>/", rechecks.RecheckDetail.as_view(), name="recheck"),
    path("checks/", checks.CheckList.as_view(), name="checks"),
    path("checks/<uuid:check_id>/", checks.CheckDetail.as_view(), name="check"),
    path("checks/<uuid:check_id>/rest/", checks.CheckRest.as_view(), name="check_rest"),
    path("matches/", views.MatchList.as_view(), name="matches"),
    path("matches/<uuid:match_id>/", views.MatchDetail.as_view(), name="match"),
    path("matches/<uuid:match_id>/pdf/", views.MatchPdf.as_view(), name="match_pdf"),
    path("matches/<uuid:match_id>/evidence/<uuid:evidence_id>/", views.MatchEvidence.as_view(), name="match_evidence"),
    path("matches/<uuid:match_id>/decisions/", views.MatchDecide.as_view(), name="match_decide"),
    path("decisions/<uuid:decision_id>/undo/", views.DecisionUndo.as_view(), name="decision_undo"),
    path("registrations/", views.RegistrationList.as_view(), name="registrations"),
    path("registrations/<uuid:registration_id>/", views.RegistrationDetail.as_view(), name="registration"),
    path(
        "registrations/<uuid:registration_id>/certificate/",
        views.RegistrationCertificate.as_view(),
        name="registration_certificate",
    ),
    path("verify/<str:code>/", views.Verify.as_view(), name="verify"),
]
