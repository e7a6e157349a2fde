"""Forms about people."""

from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.utils.translation import gettext_lazy as _


class SignupForm(AllauthSignupForm):
    """Sign-up by e-mail address, with a name to greet by."""

    name = forms.CharField(label=_("Your name"), max_length=150, required=False)
    field_order = ("name", "email", "password1", "password2")
