"""Addresses of people and of organisations' settings."""

from django.urls import URLPattern, path

from apps.accounts.views import api_keys, invitations, members, notifications, organisations, people

urlpatterns: list[URLPattern] = [
    path("home/", organisations.home, name="home"),
]

# Namespace "tenancy": an organisation itself.
organisation_tenant_patterns: list[URLPattern] = [
    path("settings/", organisations.edit, name="settings"),
]
organisation_root_patterns: list[URLPattern] = [
    path("organisations/new/", organisations.new, name="new"),
]

# Namespace "accounts".
tenant_patterns: list[URLPattern] = [
    path("members/", members.overview, name="members"),
    path("members/<uuid:member_id>/role/", members.change_role, name="member_role"),
    path("members/<uuid:member_id>/remove/", members.remove, name="member_remove"),
    path("members/leave/", members.leave, name="leave"),
    path("invitations/<uuid:invitation_id>/resend/", members.resend, name="invitation_resend"),
    path("invitations/<uuid:invitation_id>/revoke/", members.revoke, name="invitation_revoke"),
    path("api-keys/", api_keys.overview, name="api_keys"),
    path("api-keys/<uuid:key_id>/revoke/", api_keys.revoke, name="api_key_revoke"),
    path("notifications/", notifications.overview, name="notifications"),
    path("notifications/count/", notifications.count, name="notifications_count"),
    path("notifications/read/", notifications.read_all, name="notifications_read"),
    path("notifications/<uuid:notification_id>/", notifications.follow, name="notification"),
]
root_patterns: list[URLPattern] = [
    path("invitations/<str:token>/", invitations.answer, name="invitation"),
    path("accounts/profile/", people.profile, name="profile"),
]
