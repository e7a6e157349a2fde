"""What the API says of works and scores, and what it takes."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.catalog.models import AssetState, ScoreFile, ScoreFormat, TrackStatus, Work, WorkRole
from apps.catalog.services import CreditInput


class WorkCreditSerializer(serializers.Serializer[Any]):
    """Who wrote what of a work."""

    artist_id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(source="artist.name")
    role = serializers.ChoiceField(choices=WorkRole.choices, default=WorkRole.COMPOSER)


class ScoreSerializer(serializers.Serializer[ScoreFile]):
    """The score of a work: the file and what was read in it."""

    id = serializers.UUIDField(read_only=True)
    file_url = serializers.SerializerMethodField()
    notes_url = serializers.SerializerMethodField()
    work_id = serializers.UUIDField(read_only=True)
    filename = serializers.CharField(read_only=True)
    sha256 = serializers.CharField(read_only=True, help_text=_("Empty when the file could not be kept."))
    size_bytes = serializers.IntegerField(read_only=True)
    state = serializers.ChoiceField(choices=AssetState.choices, read_only=True)
    error_code = serializers.CharField(read_only=True)
    error_message = serializers.CharField(read_only=True, help_text=_("Why it can't be used and what to do."))
    format = serializers.ChoiceField(choices=ScoreFormat.choices, read_only=True, allow_blank=True)
    note_count = serializers.IntegerField(read_only=True, allow_null=True)
    melody_note_count = serializers.IntegerField(read_only=True, allow_null=True)
    bar_count = serializers.IntegerField(read_only=True, allow_null=True)
    duration_s = serializers.FloatField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)
    read_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_file_url(self, score: ScoreFile) -> str | None:
        return reverse("api:score_file", kwargs={"score_id": score.id}) if score.storage_key else None

    def get_notes_url(self, score: ScoreFile) -> str | None:
        return reverse("api:score_notes", kwargs={"score_id": score.id}) if score.is_ready else None


class WorkSerializer(serializers.Serializer[Work]):
    """A work of the catalogue."""

    id = serializers.UUIDField(read_only=True)
    url = serializers.SerializerMethodField()
    title = serializers.CharField(read_only=True)
    subtitle = serializers.CharField(read_only=True)
    composer = serializers.CharField(source="composer_line", read_only=True)
    iswc = serializers.CharField(read_only=True, help_text=_("Eleven characters, or empty."))
    status = serializers.ChoiceField(choices=TrackStatus.choices, read_only=True)
    public_title = serializers.CharField(source="shown_title", read_only=True, help_text=_("What others may read."))
    public_composer = serializers.CharField(source="shown_artist", read_only=True)
    notes = serializers.CharField(read_only=True)
    credits = WorkCreditSerializer(source="listed_credits", many=True, read_only=True)
    score = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def get_url(self, work: Work) -> str:
        return reverse("api:work", kwargs={"work_id": work.id})

    @extend_schema_field(ScoreSerializer(allow_null=True))
    def get_score(self, work: Any) -> dict[str, Any] | None:
        score = next(iter(work.current_scores), None)
        return ScoreSerializer(score).data if score else None


class WorkCreditInputSerializer(serializers.Serializer[Any]):
    """One credit; the person is found by name, or made."""

    name = serializers.CharField()
    role = serializers.ChoiceField(choices=WorkRole.choices, default=WorkRole.COMPOSER)


class WorkInputSerializer(serializers.Serializer[Any]):
    """What may be set on a work; what is left out stays. Lengths and codes are checked with a message each."""

    title = serializers.CharField(required=False, allow_blank=True)
    subtitle = serializers.CharField(required=False, allow_blank=True)
    iswc = serializers.CharField(
        required=False, allow_blank=True, help_text=_("Hyphens and dots are fine; its last digit is checked.")
    )
    public_title = serializers.CharField(required=False, allow_blank=True)
    public_composer = serializers.CharField(required=False, allow_blank=True)
    notes = serializers.CharField(required=False, allow_blank=True)
    credits = WorkCreditInputSerializer(many=True, required=False)

    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.validated_data.items() if name != "credits"}

    def credited(self) -> list[CreditInput] | None:
        lines = self.validated_data.get("credits")
        return None if lines is None else [CreditInput(line["name"], line["role"]) for line in lines]


class ScoreReplacementSerializer(serializers.Serializer[Any]):
    """A new score for a work."""

    file = serializers.FileField(allow_empty_file=True)


class ScoreReplacedSerializer(serializers.Serializer[Any]):
    """What became of it."""

    work = WorkSerializer(read_only=True)
    duplicate = serializers.BooleanField(
        read_only=True, help_text=_("You had exactly this content, on the work that is answered; nothing stored.")
    )
    job_id = serializers.UUIDField(read_only=True, allow_null=True, help_text=_("The reading, if one was started."))


class ScoreNotesSerializer(serializers.Serializer[Any]):
    """The notes of a score. A note is ``[onset, duration, MIDI pitch, part]``, times in quarters."""

    version = serializers.IntegerField(read_only=True)
    notes = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()), read_only=True)
    melody = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()),
        read_only=True,
        help_text=_("The line that is compared."),
    )
    bars = serializers.ListField(child=serializers.FloatField(), read_only=True)
    seconds_per_unit = serializers.FloatField(read_only=True, allow_null=True)
    parts = serializers.ListField(child=serializers.CharField(), read_only=True)
    melody_part = serializers.IntegerField(read_only=True)
