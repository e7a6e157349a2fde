"""Forms of checks, matches, registrations and certificates."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.rights.models import (
    CheckState,
    DecisionKind,
    Direction,
    Facet,
    MatchKind,
    MatchState,
    RegistrationState,
    Verdict,
)

REASON_LENGTH = 5000
CODE_LENGTH = 40


class RegisterForm(forms.Form):
    """What goes with every uploaded file."""

    check_now = forms.BooleanField(label=_("Check at once against the registry"), required=False, initial=True)


class MatchFilterForm(forms.Form):
    """Narrows the list of matches."""

    text = forms.CharField(label=_("Search"), required=False, max_length=200)
    direction = forms.ChoiceField(label=_("Found by"), required=False, choices=[("", _("All")), *Direction.choices])
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *MatchState.choices])
    of = forms.ChoiceField(
        label=_("Of"),
        required=False,
        choices=[("", _("All")), ("others", _("other labels")), ("own", _("ourselves"))],
    )
    facet = forms.ChoiceField(label=_("Alike in"), required=False, choices=[("", _("All")), *Facet.choices])
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All")), *MatchKind.choices])


class RegistrationFilterForm(forms.Form):
    """Narrows the list of registrations."""

    text = forms.CharField(label=_("Search"), required=False, max_length=200)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *RegistrationState.choices])


class CheckFilterForm(forms.Form):
    """Narrows the list of checks."""

    text = forms.CharField(label=_("Search"), required=False, max_length=200)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *CheckState.choices])
    verdict = forms.ChoiceField(label=_("Answer"), required=False, choices=[("", _("All")), *Verdict.choices])


class DecisionForm(forms.Form):
    """A decision about a match. Withdrawing takes the track out of the registry, so it asks for a tick as well."""

    kind = forms.ChoiceField(label=_("What is it?"), choices=DecisionKind.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Kept in the history of this match. The other side learns what you decided, not why."),
        error_messages={"required": _("Say why: a licence, a contract, a mistake. It stays in the history.")},
    )
    confirm_withdraw = forms.BooleanField(label=_("If I withdraw: yes, take mine out of the registry"), required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("kind") == DecisionKind.WITHDRAW and not values.get("confirm_withdraw"):
            self.add_error("confirm_withdraw", _("Tick this to withdraw it."))
        return values


class WithdrawForm(forms.Form):
    """Takes a track out of the registry."""

    reason = forms.CharField(
        label=_("Reason"), max_length=REASON_LENGTH, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class CodeForm(forms.Form):
    """The code of a certificate."""

    code = forms.CharField(label=_("Code of the certificate"), max_length=CODE_LENGTH)
