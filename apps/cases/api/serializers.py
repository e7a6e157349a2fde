"""What the API says of cases, and what it takes."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.cases import wording
from apps.cases.models import (
    Case,
    CaseExport,
    CaseFile,
    CaseState,
    Deadline,
    DeadlineState,
    Entry,
    EntryKind,
    Exhibit,
    ExportKind,
    ExportState,
    FileState,
    Origin,
    Proposal,
    ProposalKind,
    ProposalState,
    Side,
)
from apps.cases.rules import Act
from apps.cases.selectors import CaseReport
from apps.cases.services.freezing import exhibit_name
from apps.cases.services.proposals import CURRENCIES
from apps.jobs.api import job_url

TEXT_LENGTH = 10_000
BY = [("us", _("us")), ("them", _("the other side"))]


class CaseSerializer(serializers.Serializer[Case]):
    """A case between your organisation and another one."""

    id = serializers.UUIDField(read_only=True)
    url = serializers.SerializerMethodField()
    reference = serializers.CharField(read_only=True, help_text=_("The same on both sides."))
    side = serializers.ChoiceField(choices=Side.choices, read_only=True)
    state = serializers.ChoiceField(choices=CaseState.choices, read_only=True)
    state_at = serializers.DateTimeField(read_only=True)
    origin = serializers.ChoiceField(choices=Origin.choices, read_only=True)
    own_title = serializers.CharField(read_only=True)
    own_artist = serializers.CharField(read_only=True)
    other_title = serializers.CharField(read_only=True)
    other_artist = serializers.CharField(read_only=True)
    other_organisation = serializers.CharField(read_only=True)
    other_contact = serializers.CharField(read_only=True)
    evidence_sha256 = serializers.CharField(read_only=True, help_text=_("Of the findings; the same on both sides."))
    digest = serializers.CharField(read_only=True, help_text=_("SHA-256 of the manifest of all frozen evidence."))
    latest_at = serializers.DateTimeField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)

    def get_url(self, case: Case) -> str:
        return reverse("api:case", kwargs={"case_id": case.id})


class EntrySerializer(serializers.Serializer[Entry]):
    """One thing that was said or done. Entries that both sides have carry the same item and sequence."""

    id = serializers.UUIDField(read_only=True)
    item = serializers.UUIDField(read_only=True)
    sequence = serializers.IntegerField(read_only=True, allow_null=True)
    at = serializers.DateTimeField(read_only=True)
    kind = serializers.ChoiceField(choices=EntryKind.choices, read_only=True)
    by = serializers.SerializerMethodField()
    internal = serializers.BooleanField(source="is_internal", read_only=True, help_text=_("Only your side has it."))
    text = serializers.CharField(read_only=True)
    signed = serializers.CharField(read_only=True)
    proposal = serializers.UUIDField(source="proposal_id", read_only=True, allow_null=True)
    file = serializers.UUIDField(source="file_id", read_only=True, allow_null=True)
    deadline = serializers.UUIDField(source="deadline_id", read_only=True, allow_null=True)

    @extend_schema_field(serializers.ChoiceField(choices=BY))
    def get_by(self, entry: Entry) -> str:
        return "us" if entry.by_us else "them"


class ProposalSerializer(serializers.Serializer[Proposal]):
    """Terms that one side offers. Only the terms of its kind are filled."""

    id = serializers.UUIDField(read_only=True)
    item = serializers.UUIDField(read_only=True)
    by = serializers.SerializerMethodField()
    kind = serializers.ChoiceField(choices=ProposalKind.choices, read_only=True)
    state = serializers.ChoiceField(choices=ProposalState.choices, read_only=True)
    terms = serializers.SerializerMethodField()
    text = serializers.CharField(read_only=True)
    signed = serializers.CharField(read_only=True)
    counters = serializers.UUIDField(
        read_only=True, allow_null=True, help_text=_("Item of the proposal that this one answers.")
    )
    made_at = serializers.DateTimeField(read_only=True)
    answered_at = serializers.DateTimeField(read_only=True, allow_null=True)

    @extend_schema_field(serializers.ChoiceField(choices=BY))
    def get_by(self, proposal: Proposal) -> str:
        return "us" if proposal.by_us else "them"

    def get_terms(self, proposal: Proposal) -> dict[str, Any]:
        return wording.terms_as_data(proposal)


class DeadlineSerializer(serializers.Serializer[Deadline]):
    """A moment until which one side, or both, shall do something."""

    id = serializers.UUIDField(read_only=True)
    item = serializers.UUIDField(read_only=True)
    set_by = serializers.SerializerMethodField()
    for_us = serializers.BooleanField(read_only=True)
    for_them = serializers.BooleanField(read_only=True)
    due_at = serializers.DateTimeField(read_only=True)
    text = serializers.CharField(read_only=True)
    state = serializers.ChoiceField(choices=DeadlineState.choices, read_only=True)
    proposal = serializers.UUIDField(source="proposal_id", read_only=True, allow_null=True)

    @extend_schema_field(serializers.ChoiceField(choices=BY))
    def get_set_by(self, deadline: Deadline) -> str:
        return "us" if deadline.set_by_us else "them"


class CaseFileSerializer(serializers.Serializer[CaseFile]):
    """A file of a case. Without ``shared_at`` only your side has it."""

    id = serializers.UUIDField(read_only=True)
    item = serializers.UUIDField(read_only=True)
    by = serializers.SerializerMethodField()
    filename = serializers.CharField(read_only=True)
    media_type = serializers.CharField(read_only=True)
    size_bytes = serializers.IntegerField(read_only=True)
    sha256 = serializers.CharField(read_only=True)
    state = serializers.ChoiceField(choices=FileState.choices, read_only=True)
    shared_at = serializers.DateTimeField(read_only=True, allow_null=True)
    url = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ChoiceField(choices=BY))
    def get_by(self, row: CaseFile) -> str:
        return "us" if row.by_us else "them"

    def get_url(self, row: CaseFile) -> str:
        return reverse("api:case_file", kwargs={"case_id": row.case_id, "case_file_id": row.id})


class ExhibitSerializer(serializers.Serializer[Exhibit]):
    """A frozen evidence file."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.SerializerMethodField()
    kind = serializers.CharField(read_only=True)
    facet = serializers.CharField(read_only=True)
    stretch = serializers.IntegerField(source="segment", read_only=True, allow_null=True)
    start_s = serializers.FloatField(read_only=True, allow_null=True)
    end_s = serializers.FloatField(read_only=True, allow_null=True)
    media_type = serializers.CharField(read_only=True)
    size_bytes = serializers.IntegerField(read_only=True)
    sha256 = serializers.CharField(read_only=True)
    url = serializers.SerializerMethodField()

    def get_name(self, row: Exhibit) -> str:
        return exhibit_name(row)

    def get_url(self, row: Exhibit) -> str:
        return reverse("api:case_exhibit", kwargs={"case_id": row.case_id, "exhibit_id": row.id})


class CaseReportSerializer(serializers.Serializer[CaseReport]):
    """A whole case."""

    case = CaseSerializer(read_only=True)
    may = serializers.SerializerMethodField(help_text=_("What the state of the case allows your side."))
    exhibits = ExhibitSerializer(many=True, read_only=True)
    entries = EntrySerializer(many=True, read_only=True)
    proposals = ProposalSerializer(many=True, read_only=True)
    deadlines = DeadlineSerializer(many=True, read_only=True)
    files = CaseFileSerializer(many=True, read_only=True)

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=[act.value for act in Act])))
    def get_may(self, report: CaseReport) -> list[str]:
        return sorted(act.value for act in report.acts)


class OpenSerializer(serializers.Serializer[Any]):
    """What a case is opened with."""

    match = serializers.UUIDField(required=False, help_text=_("A match of yours with another organisation."))
    cue = serializers.UUIDField(required=False, help_text=_("Or a cue of yours with another organisation’s track."))
    text = serializers.CharField(max_length=TEXT_LENGTH, help_text=_("The first message."))
    signed = serializers.CharField(required=False, allow_blank=True, max_length=150)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("match" in attrs) == ("cue" in attrs):
            raise serializers.ValidationError({"match": [_("Name either a match or a cue.")]})
        return attrs


class MessageSerializer(serializers.Serializer[Any]):
    """A message, or a reason."""

    text = serializers.CharField(max_length=TEXT_LENGTH)
    signed = serializers.CharField(
        required=False, allow_blank=True, max_length=150, help_text=_("A person’s name that the other side shall see.")
    )


class NoteSerializer(serializers.Serializer[Any]):
    """A note for your own side."""

    text = serializers.CharField(max_length=TEXT_LENGTH)


class AnswerSerializer(serializers.Serializer[Any]):
    """An answer to a proposal."""

    answer = serializers.ChoiceField(
        choices=[("accept", _("Accept")), ("decline", _("Decline")), ("withdraw", _("Withdraw"))]
    )
    text = serializers.CharField(required=False, allow_blank=True, max_length=TEXT_LENGTH)
    signed = serializers.CharField(required=False, allow_blank=True, max_length=150)


class NewProposalSerializer(serializers.Serializer[Any]):
    """Terms to offer; send those of the kind."""

    kind = serializers.ChoiceField(choices=ProposalKind.choices)
    fee_minor = serializers.IntegerField(required=False, min_value=0, help_text=_("In the currency’s smallest unit."))
    currency = serializers.ChoiceField(required=False, choices=list(CURRENCIES))
    starts_on = serializers.DateField(required=False)
    ends_on = serializers.DateField(required=False, allow_null=True)
    territory = serializers.CharField(required=False, max_length=300)
    credit_line = serializers.CharField(required=False, max_length=500)
    share_percent = serializers.DecimalField(required=False, max_digits=5, decimal_places=2)
    take_down_on = serializers.DateField(required=False)
    text = serializers.CharField(required=False, allow_blank=True, max_length=TEXT_LENGTH)
    signed = serializers.CharField(required=False, allow_blank=True, max_length=150)
    answer_by = serializers.DateTimeField(required=False, allow_null=True)
    counters = serializers.UUIDField(
        required=False, allow_null=True, help_text=_("Id of an open proposal of the other side that this one replaces.")
    )


class NewDeadlineSerializer(serializers.Serializer[Any]):
    """A deadline to set."""

    due_at = serializers.DateTimeField()
    for_us = serializers.BooleanField(required=False, default=False)
    for_them = serializers.BooleanField(required=False, default=True)
    text = serializers.CharField(required=False, allow_blank=True, max_length=300)


class SettleSerializer(serializers.Serializer[Any]):
    """What became of a deadline."""

    outcome = serializers.ChoiceField(choices=[("met", _("Met")), ("cancelled", _("Cancelled"))])


class NewFileSerializer(serializers.Serializer[Any]):
    """A file to keep."""

    file = serializers.FileField(allow_empty_file=True)
    share = serializers.BooleanField(required=False, default=False, help_text=_("Let the other side have it."))
    signed = serializers.CharField(required=False, allow_blank=True, max_length=150)


class CaseAssignSerializer(serializers.Serializer[Any]):
    """Who of your organisation is in charge; null: everybody."""

    assigned_to = serializers.UUIDField(allow_null=True, help_text="the id of a member")


class CaseVerificationSerializer(serializers.Serializer[Any]):
    """Whether the frozen evidence is what it was; ``problems`` says what is not."""

    digest = serializers.CharField()
    checked_at = serializers.DateTimeField()
    unchanged = serializers.BooleanField(source="is_unchanged")
    problems = serializers.ListField(child=serializers.CharField())


class StepSerializer(serializers.Serializer[Any]):
    """Ending a case or opening it again."""

    step = serializers.ChoiceField(
        choices=[
            ("decline", _("Decline")),
            ("withdraw", _("Withdraw")),
            ("close", _("Close")),
            ("reopen", _("Open again")),
        ]
    )
    reason = serializers.CharField(max_length=TEXT_LENGTH)
    signed = serializers.CharField(required=False, allow_blank=True, max_length=150)


class NewExportSerializer(serializers.Serializer[Any]):
    """An export to be made by a job."""

    kind = serializers.ChoiceField(choices=ExportKind.choices)
    with_notes = serializers.BooleanField(required=False, default=False)


class ExportSerializer(serializers.Serializer[CaseExport]):
    """An export; kept for a week."""

    id = serializers.UUIDField(read_only=True)
    kind = serializers.ChoiceField(choices=ExportKind.choices, read_only=True)
    with_notes = serializers.BooleanField(read_only=True)
    state = serializers.ChoiceField(choices=ExportState.choices, read_only=True)
    size_bytes = serializers.IntegerField(read_only=True)
    sha256 = serializers.CharField(read_only=True)
    url = serializers.SerializerMethodField()
    job_url = serializers.SerializerMethodField()

    def get_url(self, export: CaseExport) -> str:
        return reverse("api:case_export", kwargs={"case_id": export.case_id, "export_id": export.id})

    def get_job_url(self, export: CaseExport) -> str | None:
        return job_url(export.job) if export.job else None
