"""Choosing thresholds among what was measured."""

from collections.abc import Sequence
from typing import Any

from django import forms

from apps.rights.models import Facet
from apps.rights.selectors import FacetThreshold


class ThresholdsForm(forms.Form):
    """One choice a facet: a measured operating point, or nothing for the default."""

    def __init__(self, settings: Sequence[FacetThreshold], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for setting in settings:
            if not setting.sensitivity.is_adjustable:
                continue
            values = {point.threshold for point in setting.sensitivity.points}
            if setting.chosen is not None:
                values.add(setting.value)
            self.fields[setting.facet.value] = forms.TypedChoiceField(
                label=setting.facet.label,
                required=False,
                choices=[("", ""), *((repr(value), repr(value)) for value in sorted(values))],
                coerce=float,
                empty_value=None,
            )

    def values(self) -> dict[str, float | None]:
        """What was chosen, for ``services.set_thresholds``."""
        return {facet.value: self.cleaned_data[facet.value] for facet in Facet if facet.value in self.cleaned_data}
