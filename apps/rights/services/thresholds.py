"""Choosing how sure a match must be to be reported."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.services import record
from apps.core.errors import InvalidInput
from apps.rights.models import Facet, Thresholds
from apps.rights.selectors.thresholds import sensitivity_of, stored_thresholds
from apps.tenancy.context import current_user_id


@transaction.atomic
def set_thresholds(*, values: Mapping[str, float | None]) -> Thresholds | None:
    """Choose thresholds by facet; None goes back to the default, what is left out stays. Again changes nothing.

    They hold for checks that start afterwards. Side effects: the organisation's row, an audit row when it changed.

    Raises:
        InvalidInput: a value lies outside the measured limits, or its facet has none; all of them in ``fields``.
    """
    errors = {name: text for name, value in values.items() if (text := _wrong(Facet(name), value))}
    if errors:
        raise InvalidInput(next(iter(errors.values())), code="threshold_outside_limits", fields=errors)
    row = stored_thresholds()
    before = {name: getattr(row, name, None) for name in values}
    changed = {name: value for name, value in values.items() if before[name] != value}
    if not changed:
        return row
    # Two first choices at once: the unique row decides, and the second one updates it.
    row, _made = Thresholds.objects.update_or_create(defaults={**changed, "changed_by_id": current_user_id()})
    record(
        action="thresholds.changed",
        subject_type="thresholds",
        subject_id=row.id,
        data={name: {"from": before[name], "to": value} for name, value in changed.items()},
    )
    return row


def reset_thresholds() -> Thresholds | None:
    """Go back to the measured default for every facet. Side effects as ``set_thresholds``."""
    return set_thresholds(values={facet.value: None for facet in Facet})


def _wrong(facet: Facet, value: float | None) -> str:
    if value is None:
        return ""
    choices = sensitivity_of(facet)
    if not choices.is_adjustable and value != choices.default:
        return _("This kind of comparison has no measured figures yet, so its default can't be changed.")
    if choices.allows(value):
        return ""
    return _("Choose a value from %(strictest)g to %(loosest)g: beyond it nothing was measured.") % {
        "strictest": choices.strictest,
        "loosest": choices.loosest,
    }
