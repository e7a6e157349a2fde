"""Forms of the catalogue: what people type. The services decide what is right."""

from apps.catalog.forms.common import credits_from
from apps.catalog.forms.tracks import (
    ArtistForm,
    BulkEditForm,
    CreditFormSet,
    MergeForm,
    RecordingForm,
    ReleaseForm,
    SearchForm,
    TrackFilterForm,
    TrackForm,
)
from apps.catalog.forms.works import (
    ScoreForm,
    WorkCreditFormSet,
    WorkFilterForm,
    WorkForm,
)

__all__ = [
    "ArtistForm",
    "BulkEditForm",
    "CreditFormSet",
    "MergeForm",
    "RecordingForm",
    "ReleaseForm",
    "ScoreForm",
    "SearchForm",
    "TrackFilterForm",
    "TrackForm",
    "WorkCreditFormSet",
    "WorkFilterForm",
    "WorkForm",
    "credits_from",
]
