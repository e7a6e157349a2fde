"""What the API says of checks, matches and registrations."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.catalog.models import AssetState
from apps.jobs.api import JobSerializer, job_url
from apps.rights import explain
from apps.rights.api.explanations import FacetReportSerializer, FindingChangesSerializer, WhySerializer
from apps.rights.api.references import TrackReferenceSerializer, WorkReferenceSerializer
from apps.rights.models import (
    Alteration,
    Certificate,
    Check,
    CheckState,
    Decision,
    DecisionKind,
    Direction,
    EvidenceFile,
    Facet,
    Match,
    MatchKind,
    MatchState,
    Registration,
    RegistrationBasis,
    RegistrationState,
    SubjectKind,
    Verdict,
)
from apps.rights.selectors import MatchReport, SegmentReport, sureness

SURENESS = [("likely", _("likely")), ("possible", _("possible")), ("unsure", _("unsure"))]


class CheckSerializer(serializers.Serializer[Check]):
    """One copyright check of one recording. It speaks of similarity, never of infringement."""

    id = serializers.UUIDField(read_only=True)
    url = serializers.SerializerMethodField()
    track = TrackReferenceSerializer(read_only=True, allow_null=True)
    work = WorkReferenceSerializer(read_only=True, allow_null=True)
    state = serializers.ChoiceField(choices=CheckState.choices, read_only=True)
    verdict = serializers.ChoiceField(choices=[("", ""), *Verdict.choices], read_only=True)
    job_url = serializers.SerializerMethodField()
    compared_with = serializers.IntegerField(read_only=True, help_text=_("Recordings in the registry at that time."))
    fingerprint_digest = serializers.CharField(source="digest", read_only=True)
    extractor_version = serializers.CharField(read_only=True)
    matcher_version = serializers.CharField(read_only=True)
    facets = serializers.SerializerMethodField(help_text=_("How each comparison went, and why."))
    failed_facets = serializers.ListField(
        child=serializers.ChoiceField(choices=Facet.choices),
        read_only=True,
        help_text=_("Comparisons that broke off; nothing is clear before they were made (`/checks/{id}/rest/`)."),
    )
    keeps_place = serializers.BooleanField(read_only=True, help_text=_("A re-check of what is registered."))
    previous = serializers.UUIDField(source="previous_id", read_only=True, allow_null=True)
    changes = serializers.SerializerMethodField(help_text=_("What is different from the previous check."))
    error_code = serializers.CharField(read_only=True)
    error_message = serializers.CharField(source="error_sentence", read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    finished_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_url(self, check: Check) -> str:
        return reverse("api:check", kwargs={"check_id": check.id})

    def get_job_url(self, check: Check) -> str | None:
        return job_url(check.job) if check.job else None

    @extend_schema_field(FacetReportSerializer(many=True))
    def get_facets(self, check: Check) -> list[dict[str, Any]]:
        return [dict(FacetReportSerializer(report).data) for report in explain.of_check(check)]

    @extend_schema_field(FindingChangesSerializer(allow_null=True))
    def get_changes(self, check: Check) -> dict[str, Any] | None:
        return dict(FindingChangesSerializer(check.changes).data) if check.changes else None


class OtherSideSerializer(serializers.Serializer[Any]):
    """What the other side published; nothing else of it is known."""

    kind = serializers.ChoiceField(choices=SubjectKind.choices, read_only=True)
    title = serializers.CharField(read_only=True)
    artist = serializers.CharField(read_only=True)
    organisation = serializers.CharField(read_only=True)
    contact = serializers.CharField(read_only=True)
    registered = serializers.BooleanField(read_only=True)
    shares_excerpts = serializers.BooleanField(read_only=True)
    duration_s = serializers.FloatField(read_only=True)


class ShownSerializer(serializers.Serializer[Any]):
    """What the other side sees of you."""

    title = serializers.CharField(read_only=True)
    artist = serializers.CharField(read_only=True)
    organisation = serializers.CharField(read_only=True)
    contact = serializers.CharField(read_only=True)
    shares_excerpts = serializers.BooleanField(read_only=True)


class MatchSerializer(serializers.Serializer[Match]):
    """Something registered that is like yours in sound, music or melody."""

    id = serializers.UUIDField(read_only=True)
    url = serializers.SerializerMethodField()
    direction = serializers.ChoiceField(choices=Direction.choices, read_only=True)
    state = serializers.ChoiceField(choices=MatchState.choices, read_only=True)
    other_state = serializers.ChoiceField(choices=MatchState.choices, read_only=True)
    facet = serializers.ChoiceField(choices=Facet.choices, read_only=True, help_text=_("What is alike."))
    kind = serializers.ChoiceField(choices=MatchKind.choices, read_only=True)
    alterations = serializers.ListField(child=serializers.ChoiceField(choices=Alteration.choices), read_only=True)
    sureness = serializers.SerializerMethodField()
    chance_probability = serializers.FloatField(
        read_only=True, help_text=_("Probability that a search without a true match scores as high.")
    )
    track = TrackReferenceSerializer(read_only=True, allow_null=True)
    work = WorkReferenceSerializer(read_only=True, allow_null=True)
    other = serializers.SerializerMethodField()
    already_ours = serializers.BooleanField(read_only=True)
    tempo_ratio = serializers.FloatField(
        read_only=True, allow_null=True, help_text=_("Above 1: yours is faster; null: a score has no tempo.")
    )
    version = serializers.CharField(read_only=True, help_text=_("Model, calibration and index that found it."))
    threshold = serializers.FloatField(read_only=True, allow_null=True)
    pitch_semitones = serializers.FloatField(read_only=True, help_text=_("Above 0: yours sounds higher."))
    own_share = serializers.FloatField(read_only=True, help_text=_("Part of your recording that is covered, 0–1."))
    other_share = serializers.FloatField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)

    def get_url(self, match: Match) -> str:
        return reverse("api:match", kwargs={"match_id": match.id})

    @extend_schema_field(serializers.ChoiceField(choices=SURENESS))
    def get_sureness(self, match: Match) -> str:
        return sureness(match)

    @extend_schema_field(OtherSideSerializer)
    def get_other(self, match: Match) -> dict[str, Any]:
        return {
            "kind": match.other_kind,
            "title": match.other_title,
            "artist": match.other_artist,
            "organisation": match.other_organisation,
            "contact": match.other_contact,
            "registered": match.other_registered,
            "shares_excerpts": match.other_shares_excerpts,
            "duration_s": match.other_duration_s,
        }


class SegmentSerializer(serializers.Serializer[SegmentReport]):
    """One aligned stretch. Times in seconds, to 0.1 s; evidence files where they exist."""

    own_start_s = serializers.FloatField(read_only=True)
    own_end_s = serializers.FloatField(read_only=True)
    other_start_s = serializers.FloatField(read_only=True)
    other_end_s = serializers.FloatField(read_only=True)
    tempo_ratio = serializers.FloatField(read_only=True, allow_null=True)
    pitch_semitones = serializers.FloatField(read_only=True)
    confidence = serializers.FloatField(read_only=True)
    own_spectrogram = serializers.SerializerMethodField()
    other_spectrogram = serializers.SerializerMethodField()
    other_excerpt = serializers.SerializerMethodField()
    landmarks = serializers.SerializerMethodField()

    def get_own_spectrogram(self, segment: SegmentReport) -> str | None:
        return _evidence_url(segment.own_spectrogram)

    def get_other_spectrogram(self, segment: SegmentReport) -> str | None:
        return _evidence_url(segment.other_spectrogram)

    def get_other_excerpt(self, segment: SegmentReport) -> str | None:
        return _evidence_url(segment.other_excerpt)

    def get_landmarks(self, segment: SegmentReport) -> str | None:
        return _evidence_url(segment.landmarks)


class DecisionSerializer(serializers.Serializer[Decision]):
    """What a member of yours decided about a match."""

    id = serializers.UUIDField(read_only=True)
    kind = serializers.ChoiceField(choices=DecisionKind.choices)
    reason = serializers.CharField(max_length=5000, help_text=_("Kept in the history."))
    created_at = serializers.DateTimeField(read_only=True)
    undone_at = serializers.DateTimeField(read_only=True, allow_null=True)


class MatchReportSerializer(serializers.Serializer[MatchReport]):
    """The whole match report."""

    match = MatchSerializer(read_only=True)
    segments = SegmentSerializer(many=True, read_only=True)
    shown = ShownSerializer(read_only=True)
    decisions = DecisionSerializer(many=True, read_only=True)
    threshold = serializers.FloatField(read_only=True, allow_null=True)
    extractor_version = serializers.CharField(read_only=True)
    matcher_version = serializers.CharField(read_only=True)
    compared_with = serializers.IntegerField(read_only=True, allow_null=True)
    checked_at = serializers.DateTimeField(read_only=True, allow_null=True)
    evidence_pending = serializers.BooleanField(read_only=True)
    why = serializers.SerializerMethodField(help_text=_("How the evidence adds up, and what would have changed it."))
    detail = serializers.JSONField(
        source="match.detail",
        read_only=True,
        help_text=_("Aligned notes (pairs of own and other), or chroma and path of a cover, as the page draws them."),
    )
    pdf = serializers.SerializerMethodField()

    @extend_schema_field(WhySerializer)
    def get_why(self, report: MatchReport) -> dict[str, Any]:
        return dict(WhySerializer(explain.of_match(report.match, compared_with=report.compared_with)).data)

    def get_pdf(self, report: MatchReport) -> str:
        return reverse("api:match_pdf", kwargs={"match_id": report.match.id})


class CertificateSerializer(serializers.Serializer[Certificate]):
    """What anybody may verify by the code."""

    code = serializers.CharField(read_only=True)
    sha256 = serializers.CharField(read_only=True)
    fingerprint_digest = serializers.CharField(source="digest", read_only=True)
    registrant = serializers.CharField(source="registrant_name", read_only=True)
    issued_at = serializers.DateTimeField(read_only=True)


class RegistrationSerializer(serializers.Serializer[Registration]):
    """A track's place in the registry."""

    id = serializers.UUIDField(read_only=True)
    url = serializers.SerializerMethodField()
    number = serializers.IntegerField(source="entry_number", read_only=True)
    track = TrackReferenceSerializer(read_only=True, allow_null=True)
    work = WorkReferenceSerializer(read_only=True, allow_null=True)
    state = serializers.ChoiceField(choices=RegistrationState.choices, read_only=True)
    basis = serializers.ChoiceField(choices=RegistrationBasis.choices, read_only=True)
    registered_at = serializers.DateTimeField(read_only=True)
    withdrawn_at = serializers.DateTimeField(read_only=True, allow_null=True)
    certificate = serializers.SerializerMethodField()

    def get_url(self, registration: Registration) -> str:
        return reverse("api:registration", kwargs={"registration_id": registration.id})

    @extend_schema_field(CertificateSerializer(allow_null=True))
    def get_certificate(self, registration: Registration) -> dict[str, Any] | None:
        newest = max(registration.certificates.all(), key=lambda found: found.issued_at, default=None)
        return dict(CertificateSerializer(newest).data) if newest else None


class VerificationSerializer(serializers.Serializer[Any]):
    """What a certificate says; the same as its public page."""

    code = serializers.CharField(read_only=True)
    state = serializers.ChoiceField(choices=RegistrationState.choices, read_only=True)
    registrant = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    artist = serializers.CharField(read_only=True)
    duration_s = serializers.FloatField(read_only=True)
    subject_kind = serializers.ChoiceField(choices=SubjectKind.choices, read_only=True)
    sha256 = serializers.CharField(read_only=True)
    fingerprint_digest = serializers.CharField(source="digest", read_only=True)
    registered_at = serializers.DateTimeField(read_only=True)
    issued_at = serializers.DateTimeField(read_only=True)


class WithdrawalSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=5000)


class UploadRequestSerializer(serializers.Serializer[Any]):
    """One recording."""

    file = serializers.FileField(allow_empty_file=True)
    title = serializers.CharField(required=False, allow_blank=True, max_length=500)
    check = serializers.BooleanField(
        required=False, default=False, help_text=_("Check it against the registry at once.")
    )


class AssetSerializer(serializers.Serializer[Any]):
    """The stored recording."""

    id = serializers.UUIDField(read_only=True)
    filename = serializers.CharField(read_only=True)
    sha256 = serializers.CharField(read_only=True)
    size_bytes = serializers.IntegerField(read_only=True)
    state = serializers.ChoiceField(choices=AssetState.choices, read_only=True)
    error_code = serializers.CharField(read_only=True)
    error_message = serializers.CharField(read_only=True)


class UploadResultSerializer(serializers.Serializer[Any]):
    """What became of an uploaded recording."""

    track = TrackReferenceSerializer(read_only=True)
    recording = AssetSerializer(source="asset", read_only=True)
    duplicate = serializers.BooleanField(read_only=True, help_text=_("You had exactly this content; nothing stored."))
    message = serializers.CharField(read_only=True)
    check = CheckSerializer(read_only=True, allow_null=True)
    job = JobSerializer(read_only=True, allow_null=True)


def _evidence_url(evidence: EvidenceFile | None) -> str | None:
    if evidence is None:
        return None
    return reverse("api:match_evidence", kwargs={"match_id": evidence.match_id, "evidence_id": evidence.id})
