"""Forms of cases. Times are in the organisation's own time zone."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.cases.models import CaseState, ProposalKind, Side
from apps.cases.services.proposals import CREDIT_LENGTH, CURRENCIES, TERRITORY_LENGTH, Terms
from apps.core.ids import uuid7
from apps.tenancy.models import Membership

TEXT_LENGTH = 10_000
MOMENT_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]


class _Day(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class _Moment(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class ItemForm(forms.Form):
    """A form that may be sent twice: its hidden id makes the second time change nothing."""

    item = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid7)


class SignedForm(ItemForm):
    """What reaches the other side; the writer's name goes along only when the writer wants it."""

    sign = forms.BooleanField(
        label=_("Sign with my name"),
        required=False,
        help_text=_("Else the other side sees your organisation’s public name only."),
    )


class CaseFilterForm(forms.Form):
    """Narrows the list of cases."""

    text = forms.CharField(label=_("Search"), required=False, max_length=200)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *CaseState.choices])
    side = forms.ChoiceField(label=_("Opened by"), required=False, choices=[("", _("All")), *Side.choices])
    deadline = forms.ChoiceField(
        label=_("Deadline"),
        required=False,
        choices=[
            ("", _("All")),
            ("near", _("within a week")),
            ("any", _("any that is open")),
            ("overdue", _("missed")),
        ],
    )
    unread = forms.BooleanField(label=_("Unread"), required=False)
    mine = forms.BooleanField(label=_("Assigned to me"), required=False)


class OpenForm(SignedForm):
    """The first message of a case."""

    text = forms.CharField(
        label=_("Your first message"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What you found and what you would like. The other side reads it together with the evidence."),
    )


class MessageForm(SignedForm):
    """A message to the other side."""

    text = forms.CharField(label=_("Message"), max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 4}))


class NoteForm(ItemForm):
    """A note for one's own side."""

    text = forms.CharField(
        label=_("Internal note"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only your organisation sees it."),
    )


class FileForm(forms.Form):
    """What goes with every uploaded file."""

    share = forms.BooleanField(
        label=_("Share with the other side"),
        required=False,
        help_text=_("Shared files can’t be taken back. Without it only your organisation has the file."),
    )


class EndForm(SignedForm):
    """Why a case ends or goes on."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The other side reads it, and it stays in the record."),
    )


class AnswerForm(SignedForm):
    """A word with an answer to a proposal."""

    text = forms.CharField(
        label=_("Message"), required=False, max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )


class DeadlineForm(ItemForm):
    """Until when, for whom, what."""

    due_at = forms.DateTimeField(label=_("Until"), widget=_Moment, input_formats=MOMENT_FORMATS)
    for_whom = forms.ChoiceField(
        label=_("For whom"),
        choices=[("them", _("the other side")), ("us", _("us")), ("both", _("both sides"))],
        widget=forms.RadioSelect,
        initial="them",
    )
    text = forms.CharField(label=_("What is due"), required=False, max_length=300)


class AssignForm(forms.Form):
    """Who is in charge on our side."""

    assigned_to = forms.ChoiceField(label=_("In charge"), required=False)

    def __init__(self, *args: Any, members: Sequence[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assigned_to"].choices = [  # type: ignore[attr-defined]
            ("", _("Everybody")),
            *((str(member.user_id), str(member.user)) for member in members),
        ]


class ProposalForm(SignedForm):
    """Terms; only the fields of the chosen kind are there."""

    fee = forms.DecimalField(label=_("Fee"), min_value=Decimal(0), max_digits=15, decimal_places=2)
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    starts_on = forms.DateField(label=_("From"), widget=_Day)
    ends_on = forms.DateField(
        label=_("Until"), widget=_Day, required=False, help_text=_("Leave it empty for a licence without end.")
    )
    territory = forms.CharField(
        label=_("Territory"),
        max_length=TERRITORY_LENGTH,
        help_text=_("For instance: worldwide, or Germany and Austria."),
    )
    credit_line = forms.CharField(
        label=_("Credit line"), max_length=CREDIT_LENGTH, help_text=_("As it shall appear with the recording.")
    )
    share_percent = forms.DecimalField(
        label=_("Share of the revenue, in per cent"), min_value=Decimal("0.01"), max_value=Decimal(100),
        max_digits=5, decimal_places=2,
    )  # fmt: skip
    take_down_on = forms.DateField(label=_("Gone from"), widget=_Day, help_text=_("The first day without it."))
    text = forms.CharField(
        label=_("Message"), required=False, max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 3})
    )
    answer_by = forms.DateTimeField(
        label=_("Answer by"),
        required=False,
        widget=_Moment,
        input_formats=MOMENT_FORMATS,
        help_text=_("Both sides are reminded. The proposal stands also when the time is over."),
    )

    OF_KIND = {
        ProposalKind.LICENCE: ("fee", "currency", "starts_on", "ends_on", "territory"),
        ProposalKind.CREDIT: ("credit_line",),
        ProposalKind.SHARE: ("share_percent", "territory"),
        ProposalKind.TAKE_DOWN: ("take_down_on",),
    }
    COMMON = ("text", "answer_by", "sign", "item")

    def __init__(self, *args: Any, kind: ProposalKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        kept = {*self.OF_KIND[kind], *self.COMMON}
        for name in [name for name in self.fields if name not in kept]:
            del self.fields[name]
        if kind == ProposalKind.SHARE:
            self.fields["territory"].required = False
        self.order_fields([*self.OF_KIND[kind], *self.COMMON])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        digits = CURRENCIES.get(values.get("currency", ""), 2)
        fee = values.get("fee")
        if fee is not None and fee != fee.quantize(Decimal(1).scaleb(-digits)):
            self.add_error("fee", _("This currency has no smaller unit than that: use fewer decimals."))
        return values

    @property
    def terms(self) -> Terms:
        """What a valid form proposes."""
        values = self.cleaned_data
        fee = values.get("fee")
        minor = int(fee.scaleb(CURRENCIES[values["currency"]])) if fee is not None else None
        return Terms(
            kind=self.kind,
            fee_minor=minor,
            currency=values.get("currency", ""),
            starts_on=values.get("starts_on"),
            ends_on=values.get("ends_on"),
            territory=values.get("territory", ""),
            credit_line=values.get("credit_line", ""),
            share_percent=values.get("share_percent"),
            take_down_on=values.get("take_down_on"),
            text=values.get("text", ""),
        )
