"""Forms of monitoring: recordings, cues, watchlists, sources, filters."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.catalog.models import Track
from apps.core.formats import clock
from apps.monitoring.models import (
    Cue,
    LongRecording,
    LongRecordingState,
    MonitoringSource,
    SourceKind,
    WatchedFolder,
    WatchKind,
    WatchList,
)
from apps.monitoring.selectors import PlayFilters, RecordingFilters, sources
from apps.monitoring.services import CueDetails
from apps.monitoring.services.counting import zone_of
from apps.monitoring.times import parse_clock

MOST_TRACKS = 500
LOCAL_TIME = "%Y-%m-%dT%H:%M:%S"
STEPS = [("day", _("Day")), ("week", _("Week")), ("month", _("Month"))]
DEFAULT_DAYS = 30


class SourceField(forms.ModelChoiceField):
    """A source of the bound organisation."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(MonitoringSource.unscoped.none(), label=_("Source"), **kwargs)


class RecordingForm(forms.Form):
    """What a person knows of a long recording. The time on air is the source's local time."""

    source = SourceField(required=False, empty_label=_("None"))
    title = forms.CharField(label=_("Title"), required=False, max_length=300, help_text=_("The file’s name, if empty."))
    started_at = forms.DateTimeField(
        label=_("Began on air"),
        required=False,
        input_formats=[LOCAL_TIME, "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format=LOCAL_TIME),
        help_text=_("In the time zone of the source. Cues and daily counts follow it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = sources()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        given = values.get("started_at")
        if given is not None:
            values["started_at"] = in_zone_of(given, values.get("source"))
        return values

    @classmethod
    def of(cls, recording: LongRecording, data: Any = None) -> "RecordingForm":
        """The form filled with what is known."""
        local = recording.started_at.astimezone(zone_of(recording.source)) if recording.started_at else None
        initial = {
            "source": recording.source_id,
            "title": recording.title,
            "started_at": local.strftime(LOCAL_TIME) if local else "",
        }
        return cls(data, initial=initial)


def in_zone_of(given: datetime, source: MonitoringSource | None) -> datetime:
    """The time as it was typed, read in the source's zone."""
    return timezone.make_naive(given, timezone.get_current_timezone()).replace(tzinfo=zone_of(source))


class RecordingFilterForm(forms.Form):
    text = forms.CharField(label=_("Search"), required=False, max_length=200)
    source = SourceField(required=False, empty_label=_("All"))
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *LongRecordingState.choices])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = sources()  # type: ignore[attr-defined]

    def wanted(self) -> RecordingFilters:
        values = self.cleaned_data if self.is_valid() else {}
        source = values.get("source")
        return RecordingFilters(values.get("text", ""), values.get("state", ""), str(source.id) if source else "")


class ClockField(forms.Field):
    """A time of a recording, such as 1:02:03.5; seconds."""

    widget = forms.TextInput(attrs={"maxlength": "20"})

    def to_python(self, value: Any) -> float | None:
        text = str(value or "").strip()
        if not text:
            return None
        seconds = parse_clock(text)
        if seconds is None:
            raise forms.ValidationError(_("Write a time such as 1:02:03 or 2:03.5."))
        return seconds


class CueForm(forms.Form):
    """A cue as a person sees it: one of our own tracks, or names."""

    start = ClockField(label=_("From"))
    end = ClockField(label=_("To"))
    track = forms.ChoiceField(label=_("One of our own tracks"), required=False)
    title = forms.CharField(
        label=_("Title"), required=False, max_length=500, help_text=_("Not needed with one of your own tracks.")
    )
    artist = forms.CharField(label=_("Artist"), required=False, max_length=500)
    label = forms.CharField(label=_("Label"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Track.objects.filter(deleted_at=None).order_by("title")[:MOST_TRACKS]
        choices = [("", _("Another recording")), *((str(t.id), _line(t)) for t in own)]
        self.fields["track"].choices = choices  # type: ignore[attr-defined]

    @classmethod
    def of(cls, cue: Cue, data: Any = None) -> "CueForm":
        """The form filled with the cue as it is."""
        initial = {
            "start": clock(cue.start_s, decimals=1),
            "end": clock(cue.end_s, decimals=1),
            "track": str(cue.track_id or ""),
            "title": cue.title,
            "artist": cue.artist,
            "label": cue.label,
        }
        return cls(data, initial=initial)

    def details(self) -> CueDetails:
        values = self.cleaned_data
        return CueDetails(
            start_s=values["start"],
            end_s=values["end"],
            title=values["title"],
            artist=values["artist"],
            label=values["label"],
            track_id=uuid.UUID(values["track"]) if values["track"] else None,
        )


class SourceForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=SourceKind.choices)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), initial="UTC", help_text=_("Says when a day of this source begins.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = [(zone, zone) for zone in sorted(available_timezones())]  # type: ignore[attr-defined]

    @classmethod
    def of(cls, source: MonitoringSource, data: Any = None) -> "SourceForm":
        return cls(data, initial={"name": source.name, "kind": source.kind, "time_zone": source.time_zone})


class FolderForm(forms.Form):
    """Where recordings of a source arrive by themselves."""

    source = SourceField()
    bucket = forms.ChoiceField(label=_("Bucket"), required=False)
    prefix = forms.CharField(  # type: ignore[assignment]
        label=_("Prefix"), required=False, max_length=500, help_text=_("A path below the bucket, such as station-1/.")
    )
    enabled = forms.BooleanField(label=_("Watch it"), required=False, initial=True)

    def __init__(self, *args: Any, buckets: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = sources()  # type: ignore[attr-defined]
        choices = [(name, name or _("Folder on this server")) for name in buckets]
        self.fields["bucket"].choices = choices  # type: ignore[attr-defined]

    @classmethod
    def of(cls, folder: WatchedFolder, data: Any, buckets: list[str]) -> "FolderForm":
        initial = {
            "source": folder.source_id,
            "bucket": folder.bucket,
            "prefix": folder.prefix,
            "enabled": folder.enabled,
        }
        return cls(data, initial=initial, buckets=buckets)


class WatchListForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    own_tracks = forms.BooleanField(label=_("All of our own tracks"), required=False)
    alert = forms.BooleanField(label=_("Notify at once"), required=False, initial=True)
    digest = forms.BooleanField(label=_("In the daily digest"), required=False, initial=True)

    @classmethod
    def of(cls, watchlist: WatchList, data: Any = None) -> "WatchListForm":
        names = ("name", "own_tracks", "alert", "digest")
        return cls(data, initial={name: getattr(watchlist, name) for name in names})


class WatchItemForm(forms.Form):
    """An artist or a label by name, or one of our own tracks."""

    kind = forms.ChoiceField(label=_("What"), choices=WatchKind.choices, initial=WatchKind.ARTIST)
    name = forms.CharField(
        label=_("Name"), required=False, max_length=500, help_text=_("Of the artist or label, as it is published.")
    )
    track = forms.ChoiceField(label=_("One of our own tracks"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Track.objects.filter(deleted_at=None).order_by("title")[:MOST_TRACKS]
        self.fields["track"].choices = [("", "–"), *((str(t.id), _line(t)) for t in own)]  # type: ignore[attr-defined]


class PlayFilterForm(forms.Form):
    """Which plays, and in which steps of time."""

    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    step = forms.ChoiceField(label=_("Count by"), required=False, choices=STEPS)
    source = SourceField(required=False, empty_label=_("All"))
    ours = forms.BooleanField(label=_("Our own tracks only"), required=False)
    track = forms.CharField(required=False, widget=forms.HiddenInput, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = sources()  # type: ignore[attr-defined]

    def wanted(self, today: date) -> PlayFilters:
        values = self.cleaned_data if self.is_valid() else {}
        until = values.get("until") or today
        since = values.get("since") or until - timedelta(days=DEFAULT_DAYS - 1)
        source = values.get("source")
        return PlayFilters(
            since=min(since, until),
            until=until,
            source_id=source.id if source else None,
            track_key=values.get("track") or "",
            ours=bool(values.get("ours")),
        )

    def chosen_step(self) -> str:
        return (self.cleaned_data.get("step") if self.is_valid() else "") or "day"


def _line(track: Track) -> str:
    return f"{track.full_title} · {track.artist_line}" if track.artist_line else track.full_title
