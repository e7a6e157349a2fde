"""Why a result came out as it did, and what changed since the one before."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.rights.explain import FacetReport, Why
from apps.rights.models import Facet


class LineSerializer(serializers.Serializer[Any]):
    """One figure of an explanation, for people."""

    name = serializers.CharField(source="label", read_only=True)
    value = serializers.CharField(read_only=True)


class WhySerializer(serializers.Serializer[Why]):
    """How the evidence adds up, and what would have changed the answer."""

    lines = LineSerializer(many=True, read_only=True)
    outlook = serializers.CharField(read_only=True)


class FacetReportSerializer(serializers.Serializer[FacetReport]):
    """How one comparison of a check went."""

    facet = serializers.ChoiceField(choices=Facet.choices, read_only=True)
    state = serializers.ChoiceField(
        choices=[("done", _("done")), ("failed", _("failed")), ("skipped", _("skipped"))], read_only=True
    )
    compared = serializers.CharField(read_only=True)
    problem = serializers.CharField(read_only=True)
    version = serializers.CharField(read_only=True)
    why = WhySerializer(read_only=True)


class FindingSerializer(serializers.Serializer[Any]):
    """A match as a check found it. ``chance_before``: in the previous check."""

    match = serializers.UUIDField(read_only=True)
    facet = serializers.ChoiceField(choices=Facet.choices, read_only=True)
    title = serializers.CharField(read_only=True)
    organisation = serializers.CharField(read_only=True)
    chance = serializers.FloatField(read_only=True)
    chance_before = serializers.FloatField(read_only=True, required=False)


class FindingChangesSerializer(serializers.Serializer[Any]):
    """What is different from the previous check."""

    previous = serializers.UUIDField(read_only=True)
    found = FindingSerializer(many=True, read_only=True)
    gone = FindingSerializer(many=True, read_only=True)
    stronger = FindingSerializer(many=True, read_only=True)
    weaker = FindingSerializer(many=True, read_only=True)
    same = serializers.IntegerField(read_only=True)
    prints = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        read_only=True,
        default=dict,
        help_text=_("By comparison: with which version the registry's print was made before, and now."),
    )
    versions = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(allow_blank=True)),
        read_only=True,
        help_text=_("By comparison: the version before and now, where they differ."),
    )
