"""Forms of works."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog import selectors
from apps.catalog.forms.common import ANY_SCRIPT, DetailsForm, credit_lines
from apps.catalog.forms.tracks import MAX_OPTIONS, checked_code, uuid_of
from apps.catalog.iswc import format_iswc, normalise_iswc
from apps.catalog.models import TrackStatus, Work, WorkRole
from apps.core.errors import DomainError


class WorkFilterForm(forms.Form):
    """How the list of works is narrowed. To choose from: some of the people, and always the chosen one."""

    q = forms.CharField(label=_("Search"), required=False, max_length=200, widget=forms.TextInput(attrs=ANY_SCRIPT))
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[("", _("All")), *TrackStatus.choices])
    artist = forms.ChoiceField(label=_("Composer or author"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = [(str(row.id), row.name) for row in selectors.artist_choices(MAX_OPTIONS)]
        chosen = uuid_of(self.data.get("artist"))
        if chosen and str(chosen) not in dict(options):
            try:
                options.insert(0, (str(chosen), selectors.get_artist(chosen).name))
            except DomainError:
                chosen = None
        field = self.fields["artist"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 – for the type checker
        field.choices = [("", _("All")), *options]

    def wanted(self) -> selectors.WorkFilter:
        """What is asked for; parts that make no sense are ignored."""
        self.full_clean()
        values = self.cleaned_data
        return selectors.WorkFilter(
            text=values.get("q", ""),
            statuses=[values["status"]] if values.get("status") else [],
            artist_id=uuid_of(values.get("artist")),
        )


class WorkForm(DetailsForm):
    """Details of a work. Lengths are checked by the service, which names how long the text is."""

    title = forms.CharField(
        label=_("Title"),
        widget=forms.TextInput(attrs=ANY_SCRIPT),
        error_messages={"required": _("Give it a title.")},
    )
    subtitle = forms.CharField(label=_("Subtitle"), required=False, widget=forms.TextInput(attrs=ANY_SCRIPT))
    iswc = forms.CharField(
        label=_("ISWC"),
        required=False,
        help_text=_("The code of the work, for example T-034.524.680-1. Its last digit is checked."),
    )
    public_title = forms.CharField(
        label=_("Public title"),
        required=False,
        widget=forms.TextInput(attrs=ANY_SCRIPT),
        help_text=_("What others read when a work or recording of theirs is similar. Empty: the title as it is."),
    )
    public_composer = forms.CharField(
        label=_("Public composer"),
        required=False,
        widget=forms.TextInput(attrs=ANY_SCRIPT),
        help_text=_("Empty: the composers."),
    )

    @staticmethod
    def initial_of(work: Work) -> dict[str, Any]:
        return {
            "title": work.title,
            "subtitle": work.subtitle,
            "iswc": format_iswc(work.iswc),
            "public_title": work.public_title,
            "public_composer": work.public_composer,
            "notes": work.notes,
        }

    def clean_iswc(self) -> str:
        return checked_code(normalise_iswc, self.cleaned_data["iswc"])


WorkCreditFormSet = credit_lines(WorkRole.choices, WorkRole.COMPOSER)


class ScoreForm(forms.Form):
    """A new score for a work."""

    file = forms.FileField(label=_("The score"), allow_empty_file=True)
