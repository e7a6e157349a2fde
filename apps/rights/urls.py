"""Addresses of the registry's pages."""

from django.urls import URLPattern, path

from apps.rights.views import (
    checks,
    home,
    matches,
    rechecks,
    register,
    register_works,
    registrations,
    thresholds,
    tracks,
    verify,
    works,
)

# Namespace "rights".
tenant_patterns: list[URLPattern] = [
    path("registry/register/", register.wizard, name="register"),
    path("registry/register/progress/", register.progress, name="register_progress"),
    path("registry/register/works/", register_works.wizard, name="register_work"),
    path("registry/register/works/progress/", register_works.progress, name="register_works_progress"),
    path("registry/registrations/", registrations.overview, name="registrations"),
    path("registry/certificates/<uuid:certificate_id>/", registrations.certificate, name="certificate"),
    path("registry/checks/", checks.overview, name="checks"),
    path("registry/checks/start/", tracks.check_selected, name="check_selected"),
    path("registry/checks/start/works/", works.check_selected, name="check_selected_works"),
    path("registry/rechecks/", rechecks.start, name="recheck_start"),
    path("registry/rechecks/<uuid:recheck_id>/", rechecks.detail, name="recheck"),
    path("registry/checks/<uuid:check_id>/", checks.detail, name="check"),
    path("registry/checks/<uuid:check_id>/rest/", checks.compare_rest, name="check_rest"),
    path("registry/matches/", matches.overview, name="matches"),
    path("registry/matches/<uuid:match_id>/", matches.report, name="match"),
    path("registry/matches/<uuid:match_id>/decide/", matches.decide, name="match_decide"),
    path("registry/matches/<uuid:match_id>/report.pdf", matches.pdf, name="match_pdf"),
    path("registry/matches/<uuid:match_id>/evidence/<uuid:evidence_id>/", matches.evidence, name="evidence"),
    path("registry/decisions/<uuid:decision_id>/undo/", matches.undo, name="decision_undo"),
    path("thresholds/", thresholds.thresholds, name="thresholds"),
    path("thresholds/reset/", thresholds.reset, name="thresholds_reset"),
    path("registry/tracks/<uuid:track_id>/panel/", tracks.panel, name="track_panel"),
    path("registry/tracks/<uuid:track_id>/check/", tracks.check, name="track_check"),
    path("registry/tracks/<uuid:track_id>/register/", tracks.register, name="track_register"),
    path("registry/tracks/<uuid:track_id>/withdraw/", tracks.withdraw, name="track_withdraw"),
    path("registry/works/<uuid:work_id>/panel/", works.panel, name="work_panel"),
    path("registry/works/<uuid:work_id>/check/", works.check, name="work_check"),
    path("registry/works/<uuid:work_id>/register/", works.register, name="work_register"),
    path("registry/works/<uuid:work_id>/withdraw/", works.withdraw, name="work_withdraw"),
]

urlpatterns: list[URLPattern] = [
    path("o/<slug:slug>/", home.organisation_home, name="organisation_home"),
    path("verify/", verify.ask, name="verify_ask"),
    path("verify/<str:code>/", verify.verify, name="verify"),
]
