"""Forms about people and their organisations."""

import zoneinfo
from typing import Any, cast

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiScope
from apps.tenancy.models import Membership, OrganisationKind, Role


def _time_zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones())]


class SignupForm(AllauthSignupForm):
    """Sign-up by e-mail address, with a name to greet by."""

    name = forms.CharField(label=_("Your name"), max_length=150, required=False)
    field_order = ("name", "email", "password1", "password2")


class NewOrganisationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("As people know it; you can change it later."))
    kind = forms.ChoiceField(label=_("What it is"), choices=OrganisationKind.choices, initial=OrganisationKind.LABEL)


class OrganisationForm(forms.Form):
    """Settings; the last three say what others see."""

    name = forms.CharField(label=_("Name"), max_length=200)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=_time_zones, help_text=_("Times on pages are shown in this zone.")
    )
    public_name = forms.CharField(
        label=_("Public name"),
        max_length=200,
        help_text=_("The name under which other organisations see you when a recording of theirs is similar to yours."),
    )
    contact_route = forms.CharField(
        label=_("Public contact"),
        max_length=254,
        required=False,
        help_text=_("An e-mail address or web page where others can reach you about a match. Empty: none is shown."),
    )
    share_excerpts = forms.BooleanField(
        label=_("Let the other side hear matching excerpts"),
        required=False,
        help_text=_("Only the seconds that match, nothing before or after. Off: they see times, never sound."),
    )


class RoleForm(forms.Form):
    """A role, out of those that the asking member may give."""

    role = forms.ChoiceField(label=_("Role"), initial=Role.EDITOR)

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = cast(forms.ChoiceField, self.fields["role"])
        roles.choices = [(role.value, role.label) for role in Role if by.may_act_as(role)]


class InvitationForm(RoleForm):
    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    field_order = ("email", "role")


class ApiKeyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Which program uses it, for instance."))
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=ApiScope.choices, widget=forms.CheckboxSelectMultiple
    )


class ProfileForm(forms.Form):
    """Name, language and theme of the signed-in person."""

    name = forms.CharField(label=_("Name"), max_length=150, required=False)
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As the browser")), *settings.LANGUAGES]
    )
    theme = forms.ChoiceField(
        label=_("Theme"), choices=[("system", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))]
    )
