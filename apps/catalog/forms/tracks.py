"""Forms of tracks, releases and artists."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog import selectors
from apps.catalog.forms.common import ANY_SCRIPT, DetailsForm, credit_lines
from apps.catalog.isrc import format_isrc, normalise_isrc
from apps.catalog.models import CreditRole, Track, TrackStatus
from apps.catalog.services import ReleaseDetails
from apps.catalog.services.tracks import MAX_TRACK_NUMBER
from apps.catalog.upc import normalise_upc
from apps.core.errors import DomainError

MAX_OPTIONS = 100


class TrackFilterForm(forms.Form):
    """How the list of tracks is narrowed. To choose from: some releases and artists, and always the chosen one."""

    q = forms.CharField(label=_("Search"), required=False, max_length=200, widget=forms.TextInput(attrs=ANY_SCRIPT))
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[("", _("All")), *TrackStatus.choices])
    release = forms.ChoiceField(label=_("Release"), required=False)
    artist = forms.ChoiceField(label=_("Artist"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        releases = [(row.id, row.title) for row in selectors.release_choices(MAX_OPTIONS)]
        artists = [(row.id, row.name) for row in selectors.artist_choices(MAX_OPTIONS)]
        self._choose_from("release", releases, lambda key: selectors.get_release(key).title)
        self._choose_from("artist", artists, lambda key: selectors.get_artist(key).name)

    def wanted(self) -> selectors.TrackFilter:
        """What is asked for; parts that make no sense are ignored."""
        self.full_clean()
        values = self.cleaned_data
        return selectors.TrackFilter(
            text=values.get("q", ""),
            statuses=[values["status"]] if values.get("status") else [],
            release_id=uuid_of(values.get("release")),
            artist_id=uuid_of(values.get("artist")),
        )

    def _choose_from(self, name: str, options: list[tuple[Any, str]], title_of: Any) -> None:
        field = self.fields[name]
        chosen = uuid_of(self.data.get(name))
        if chosen and chosen not in {key for key, _title in options}:
            try:
                options = [(chosen, title_of(chosen)), *options]
            except DomainError:
                chosen = None
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 – for the type checker
        field.choices = [("", _("All")), *((str(key), title) for key, title in options)]


class SearchForm(forms.Form):
    """Words to look for in a list."""

    q = forms.CharField(label=_("Search"), required=False, max_length=200, widget=forms.TextInput(attrs=ANY_SCRIPT))

    def text(self) -> str:
        self.full_clean()
        return str(self.cleaned_data.get("q", ""))


class TrackForm(DetailsForm):
    """Details of a track. Lengths are checked by the service, which names how long the text is."""

    title = forms.CharField(
        label=_("Title"),
        widget=forms.TextInput(attrs=ANY_SCRIPT),
        error_messages={"required": _("Give it a title.")},
    )
    version = forms.CharField(
        label=_("Version"),
        required=False,
        widget=forms.TextInput(attrs=ANY_SCRIPT),
        help_text=_("For example: live, radio edit, remix."),
    )
    isrc = forms.CharField(
        label=_("ISRC"), required=False, help_text=_("Twelve characters; hyphens and lower case are fine.")
    )
    release_title = forms.CharField(
        label=_("Release"),
        required=False,
        widget=forms.TextInput(attrs={**ANY_SCRIPT, "list": "release-titles", "autocomplete": "off"}),
        help_text=_("Choose one of yours or type the title of a new one."),
    )
    track_number = forms.IntegerField(label=_("Track number"), required=False, min_value=1, max_value=MAX_TRACK_NUMBER)
    work_named = forms.CharField(
        label=_("Recording of the work"),
        required=False,
        widget=forms.TextInput(attrs={**ANY_SCRIPT, "list": "work-titles", "autocomplete": "off"}),
        help_text=_("The title or ISWC of one of your works."),
    )
    public_title = forms.CharField(
        label=_("Public title"),
        required=False,
        widget=forms.TextInput(attrs=ANY_SCRIPT),
        help_text=_("What others read when a recording of theirs is similar. Empty: the title as it is."),
    )
    public_artist = forms.CharField(
        label=_("Public artist"),
        required=False,
        widget=forms.TextInput(attrs=ANY_SCRIPT),
        help_text=_("Empty: the main and featured artists."),
    )

    @staticmethod
    def initial_of(track: Track) -> dict[str, Any]:
        return {
            "title": track.title,
            "version": track.version,
            "isrc": format_isrc(track.isrc),
            "release_title": track.release.title if track.release else "",
            "track_number": track.track_number,
            "work_named": (track.work.iswc or track.work.title) if track.work else "",
            "public_title": track.public_title,
            "public_artist": track.public_artist,
            "notes": track.notes,
        }

    def clean_isrc(self) -> str:
        return checked_code(normalise_isrc, self.cleaned_data["isrc"])


CreditFormSet = credit_lines(CreditRole.choices, CreditRole.MAIN)


class RecordingForm(forms.Form):
    """A new recording for a track."""

    file = forms.FileField(label=_("Recording"), allow_empty_file=True)


class ReleaseForm(forms.Form):
    """Details of a release."""

    title = forms.CharField(
        label=_("Title"),
        widget=forms.TextInput(attrs=ANY_SCRIPT),
        error_messages={"required": _("Give it a title.")},
    )
    artist = forms.CharField(
        label=_("Artist"),
        required=False,
        widget=forms.TextInput(attrs={**ANY_SCRIPT, "list": "artist-names", "autocomplete": "off"}),
    )
    upc = forms.CharField(label=_("UPC or EAN"), required=False, help_text=_("The 12 or 13 digits of the bar code."))
    release_date = forms.DateField(
        label=_("Release date"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean_upc(self) -> str:
        return checked_code(normalise_upc, self.cleaned_data["upc"])

    def details(self) -> ReleaseDetails:
        values = self.cleaned_data
        return ReleaseDetails(values["title"], values["artist"], values["upc"], values["release_date"])


class ArtistForm(forms.Form):
    """The name of an artist."""

    name = forms.CharField(
        label=_("Name"),
        widget=forms.TextInput(attrs=ANY_SCRIPT),
        error_messages={"required": _("Give the artist a name.")},
    )


class MergeForm(forms.Form):
    """Into which artist another one is merged."""

    into = forms.CharField(
        label=_("Merge into"),
        widget=forms.TextInput(attrs={**ANY_SCRIPT, "list": "artist-names", "autocomplete": "off"}),
        help_text=_("All credits and releases move there, and this name disappears."),
    )


class BulkEditForm(forms.Form):
    """What can be changed on several tracks at once; an empty field leaves everything as it is."""

    release_title = forms.CharField(
        label=_("Release"),
        required=False,
        widget=forms.TextInput(attrs={**ANY_SCRIPT, "list": "release-titles", "autocomplete": "off"}),
        help_text=_("Empty: each keeps its release."),
    )
    public_artist = forms.CharField(
        label=_("Public artist"),
        required=False,
        widget=forms.TextInput(attrs=ANY_SCRIPT),
        help_text=_("Empty: each keeps its own."),
    )

    def changes(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value.strip()}


def checked_code(normalise: Any, text: str) -> str:
    try:
        return str(normalise(text))
    except DomainError as error:
        raise forms.ValidationError(str(error.message)) from error


def uuid_of(text: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(text)) if text else None
    except ValueError:
        return None
