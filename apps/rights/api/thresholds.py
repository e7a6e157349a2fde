"""Endpoint of thresholds."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.rights import services
from apps.rights.models import Facet
from apps.rights.selectors import FacetThreshold, threshold_settings
from apps.tenancy.access import require_role
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest


class OperatingPointSerializer(serializers.Serializer[Any]):
    """What was measured at one threshold, as shares from 0 to 1."""

    threshold = serializers.FloatField(read_only=True)
    false_alarm_rate = serializers.FloatField(read_only=True, help_text="Unrelated queries that were reported.")
    hit_rate = serializers.FloatField(read_only=True, help_text="True ones that were found.")
    queries = serializers.IntegerField(read_only=True)
    measured = serializers.BooleanField(read_only=True, help_text="False between two measured points.")


class FacetThresholdSerializer(serializers.Serializer[FacetThreshold]):
    """What holds for one kind of comparison."""

    facet = serializers.ChoiceField(choices=Facet.choices, read_only=True)
    threshold = serializers.FloatField(source="value", read_only=True, help_text="Largest chance probability reported.")
    is_default = serializers.BooleanField(read_only=True)
    default = serializers.FloatField(source="sensitivity.default", read_only=True)
    strictest = serializers.FloatField(source="sensitivity.strictest", read_only=True)
    loosest = serializers.FloatField(source="sensitivity.loosest", read_only=True)
    version = serializers.CharField(source="sensitivity.version", read_only=True)
    figures = OperatingPointSerializer(read_only=True, allow_null=True)
    points = OperatingPointSerializer(source="sensitivity.points", many=True, read_only=True)


class ThresholdsSerializer(serializers.Serializer[Any]):
    """All kinds of comparison."""

    thresholds = FacetThresholdSerializer(many=True, read_only=True)


class ThresholdsInputSerializer(serializers.Serializer[Any]):
    """Largest chance probability by kind, within its limits; null is the default, what is left out stays."""

    recording = serializers.FloatField(required=False, allow_null=True)
    cover = serializers.FloatField(required=False, allow_null=True)
    melody = serializers.FloatField(required=False, allow_null=True)


class ThresholdList(GenericAPIView[Any]):
    """How sure a match must be to be reported, with what was measured there."""

    scope = "registrations"
    serializer_class = ThresholdsSerializer
    pagination_class = None

    @extend_schema(operation_id="thresholds_read", tags=["thresholds"])
    def get(self, request: Request) -> Response:
        return Response(_document())

    @extend_schema(operation_id="thresholds_update", tags=["thresholds"], request=ThresholdsInputSerializer)
    def patch(self, request: Request) -> Response:
        """Choose; checks that start afterwards use it. A signed-in member needs to be an administrator."""
        tenant_request = cast(TenantRequest, request._request)
        if tenant_request.api_key is None:
            require_role(tenant_request, Role.ADMIN)
        form = ThresholdsInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        services.set_thresholds(values=dict(form.validated_data))
        return Response(_document())


def _document() -> dict[str, Any]:
    return dict(ThresholdsSerializer({"thresholds": threshold_settings()}).data)
