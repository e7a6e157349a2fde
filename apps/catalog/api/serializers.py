"""What the API says of tracks, recordings, artists and releases, and what it takes."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.catalog.models import Artist, AssetState, AudioAsset, CreditRole, Release, Track, TrackStatus
from apps.catalog.services import CreditInput, ReleaseDetails


class CreditSerializer(serializers.Serializer[Any]):
    """Who did what on a track."""

    artist_id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(source="artist.name")
    role = serializers.ChoiceField(choices=CreditRole.choices, default=CreditRole.MAIN)


class RecordingSerializer(serializers.Serializer[AudioAsset]):
    """The recording of a track: the file and what was heard in it. Levels follow ITU-R BS.1770."""

    id = serializers.UUIDField(read_only=True)
    url = serializers.SerializerMethodField()
    audio_url = serializers.SerializerMethodField()
    track_id = serializers.UUIDField(read_only=True)
    filename = serializers.CharField(read_only=True)
    sha256 = serializers.CharField(read_only=True, help_text=_("Empty when the file could not be kept."))
    size_bytes = serializers.IntegerField(read_only=True)
    state = serializers.ChoiceField(choices=AssetState.choices, read_only=True)
    error_code = serializers.CharField(read_only=True)
    error_message = serializers.CharField(read_only=True, help_text=_("Why it can't be used and what to do."))
    container = serializers.CharField(read_only=True)
    codec = serializers.CharField(read_only=True)
    sample_rate_hz = serializers.IntegerField(read_only=True, allow_null=True)
    channels = serializers.IntegerField(read_only=True, allow_null=True)
    channel_layout = serializers.CharField(read_only=True)
    bit_depth = serializers.IntegerField(read_only=True, allow_null=True)
    duration_s = serializers.FloatField(read_only=True, allow_null=True)
    loudness_lufs = serializers.FloatField(read_only=True, allow_null=True)
    loudness_range_lu = serializers.FloatField(read_only=True, allow_null=True)
    true_peak_dbtp = serializers.FloatField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)
    analysed_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_url(self, asset: AudioAsset) -> str:
        return reverse("api:asset", kwargs={"asset_id": asset.id})

    def get_audio_url(self, asset: AudioAsset) -> str | None:
        return reverse("api:asset_audio", kwargs={"asset_id": asset.id}) if asset.storage_key else None


class TrackSerializer(serializers.Serializer[Track]):
    """A track of the catalogue."""

    id = serializers.UUIDField(read_only=True)
    url = serializers.SerializerMethodField()
    title = serializers.CharField(read_only=True)
    version = serializers.CharField(read_only=True)
    artist = serializers.CharField(source="artist_line", read_only=True)
    isrc = serializers.CharField(read_only=True, help_text=_("Twelve characters, or empty."))
    release_id = serializers.UUIDField(read_only=True, allow_null=True)
    release_title = serializers.SerializerMethodField()
    track_number = serializers.IntegerField(read_only=True, allow_null=True)
    work_id = serializers.UUIDField(read_only=True, allow_null=True, help_text=_("The work it is a recording of."))
    status = serializers.ChoiceField(choices=TrackStatus.choices, read_only=True)
    public_title = serializers.CharField(source="shown_title", read_only=True, help_text=_("What others may read."))
    public_artist = serializers.CharField(source="shown_artist", read_only=True)
    notes = serializers.CharField(read_only=True)
    credits = CreditSerializer(source="listed_credits", many=True, read_only=True)
    recording = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def get_url(self, track: Track) -> str:
        return reverse("api:track", kwargs={"track_id": track.id})

    def get_release_title(self, track: Track) -> str:
        return track.release.title if track.release else ""

    @extend_schema_field(RecordingSerializer(allow_null=True))
    def get_recording(self, track: Any) -> dict[str, Any] | None:
        asset = next(iter(track.current_assets), None)
        return RecordingSerializer(asset).data if asset else None


class CreditInputSerializer(serializers.Serializer[Any]):
    """One credit; the artist is found by name, or made."""

    name = serializers.CharField()
    role = serializers.ChoiceField(choices=CreditRole.choices, default=CreditRole.MAIN)


class TrackInputSerializer(serializers.Serializer[Any]):
    """What may be set on a track; what is left out stays. Lengths and codes are checked with a message each."""

    title = serializers.CharField(required=False, allow_blank=True)
    version = serializers.CharField(required=False, allow_blank=True)
    isrc = serializers.CharField(
        required=False, allow_blank=True, help_text=_("Hyphens, spaces and lower case are fine.")
    )
    release = serializers.UUIDField(required=False, allow_null=True, help_text=_("A release's id."))
    release_title = serializers.CharField(
        required=False, allow_blank=True, help_text=_("Instead of an id: finds a release by title, or makes it.")
    )
    track_number = serializers.IntegerField(required=False, allow_null=True)
    work = serializers.UUIDField(required=False, allow_null=True, help_text=_("The work it is a recording of."))
    public_title = serializers.CharField(required=False, allow_blank=True)
    public_artist = serializers.CharField(required=False, allow_blank=True)
    notes = serializers.CharField(required=False, allow_blank=True)
    credits = CreditInputSerializer(many=True, required=False)

    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.validated_data.items() if name != "credits"}

    def credited(self) -> list[CreditInput] | None:
        lines = self.validated_data.get("credits")
        return None if lines is None else [CreditInput(line["name"], line["role"]) for line in lines]


class ReplacementSerializer(serializers.Serializer[Any]):
    """A new recording for a track."""

    file = serializers.FileField(allow_empty_file=True)


class ReplacedSerializer(serializers.Serializer[Any]):
    """What became of it."""

    track = TrackSerializer(read_only=True)
    duplicate = serializers.BooleanField(
        read_only=True, help_text=_("You had exactly this content, on the track that is answered; nothing stored.")
    )
    job_id = serializers.UUIDField(read_only=True, allow_null=True, help_text=_("The analysis, if one was started."))


class ArtistSerializer(serializers.Serializer[Artist]):
    """An artist by name."""

    id = serializers.UUIDField(read_only=True)
    url = serializers.SerializerMethodField()
    name = serializers.CharField()
    track_count = serializers.IntegerField(read_only=True)
    work_count = serializers.IntegerField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)

    def get_url(self, artist: Artist) -> str:
        return reverse("api:artist", kwargs={"artist_id": artist.id})


class MergeSerializer(serializers.Serializer[Any]):
    """Into which artist."""

    into = serializers.UUIDField()


class ReleaseSerializer(serializers.Serializer[Release]):
    """An album, EP or single."""

    id = serializers.UUIDField(read_only=True)
    url = serializers.SerializerMethodField()
    title = serializers.CharField(read_only=True)
    artist = serializers.SerializerMethodField()
    artist_id = serializers.UUIDField(read_only=True, allow_null=True)
    upc = serializers.CharField(read_only=True)
    release_date = serializers.DateField(read_only=True, allow_null=True)
    track_count = serializers.IntegerField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)

    def get_url(self, release: Release) -> str:
        return reverse("api:release", kwargs={"release_id": release.id})

    def get_artist(self, release: Release) -> str:
        return release.artist.name if release.artist else ""


class ReleaseInputSerializer(serializers.Serializer[Any]):
    """What may be set on a release; the artist by name."""

    title = serializers.CharField(allow_blank=True)
    artist = serializers.CharField(required=False, allow_blank=True)
    upc = serializers.CharField(required=False, allow_blank=True)
    release_date = serializers.DateField(required=False, allow_null=True)

    def details(self, release: Release | None = None) -> ReleaseDetails:
        """What was sent, over what the release says already."""
        known: dict[str, Any] = {}
        if release is not None:
            known = {
                "title": release.title,
                "artist": release.artist.name if release.artist else "",
                "upc": release.upc,
                "release_date": release.release_date,
            }
        return ReleaseDetails(**{**known, **self.validated_data})
