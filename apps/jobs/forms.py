"""Filters of the list of work."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.jobs.models import JobState


class JobFilterForm(forms.Form):
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *JobState.choices])
