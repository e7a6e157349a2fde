"""What the forms of tracks and works have in common."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog.services import CreditInput
from apps.catalog.services.artists import NAME_LENGTH
from apps.catalog.services.subjects import MAX_CREDITS, NOTES_LENGTH

SPARE_CREDITS = 2
ANY_SCRIPT = {"dir": "auto"}


class DetailsForm(forms.Form):
    """Details of a track or a work. Lengths are checked by the service, which names how long the text is."""

    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        max_length=NOTES_LENGTH,
        widget=forms.Textarea(attrs={**ANY_SCRIPT, "rows": 4}),
        help_text=_("Only your organisation reads them."),
    )

    def changes(self) -> dict[str, Any]:
        """What was sent, for the service that changes it."""
        return {name: value for name, value in self.cleaned_data.items() if name in self.data}


def credit_lines(roles: Sequence[tuple[str, Any]], usual: str) -> Any:
    """The set of lines in which credits are typed; a line without a name is left out.

    roles: values and names; usual: what a new line says.
    """

    class CreditForm(forms.Form):
        name = forms.CharField(
            label=_("Name"),
            required=False,
            max_length=NAME_LENGTH,
            widget=forms.TextInput(attrs={**ANY_SCRIPT, "list": "artist-names", "autocomplete": "off"}),
        )
        role = forms.ChoiceField(label=_("Role"), choices=roles, initial=usual, required=False)

        def has_changed(self) -> bool:
            return bool(self.data.get(self.add_prefix("name")))

        def credit(self) -> CreditInput:
            return CreditInput(self.cleaned_data["name"], self.cleaned_data.get("role") or usual)

    return forms.formset_factory(CreditForm, extra=SPARE_CREDITS, max_num=MAX_CREDITS, absolute_max=MAX_CREDITS + 20)


def credits_from(formset: Any) -> list[CreditInput]:
    """The lines of the credits that have a name, in their order."""
    return [line.credit() for line in formset.forms if line.cleaned_data.get("name")]
