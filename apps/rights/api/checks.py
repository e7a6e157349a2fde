"""Endpoints of checks."""

import uuid
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.jobs.api import accepted
from apps.rights import selectors, services
from apps.rights.api.parameters import uuid_parameter
from apps.rights.api.serializers import CheckSerializer
from apps.rights.models import Check, CheckState, Verdict

SCOPE = "registrations"


class CheckList(ListAPIView[Check]):
    """Checks, newest first."""

    scope = SCOPE
    serializer_class = CheckSerializer

    def get_queryset(self) -> Any:
        wanted = self.request.query_params
        found = selectors.checks(state=wanted.get("state", ""), verdict=wanted.get("verdict", ""))
        recheck = uuid_parameter(wanted.get("recheck"), "recheck")
        return found.filter(recheck_id=recheck) if recheck else found

    @extend_schema(
        operation_id="checks_list",
        tags=["checks"],
        parameters=[
            OpenApiParameter("state", enum=CheckState.values),
            OpenApiParameter(
                "verdict",
                enum=Verdict.values,
                description="`incomplete`: also those that found something, while another comparison failed.",
            ),
            OpenApiParameter("recheck", type=OpenApiTypes.UUID, description="Only checks of this re-check."),
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class CheckDetail(GenericAPIView[Check]):
    """One check."""

    scope = SCOPE
    serializer_class = CheckSerializer

    @extend_schema(operation_id="checks_read", tags=["checks"])
    def get(self, request: Request, check_id: uuid.UUID) -> Response:
        return Response(CheckSerializer(selectors.get_check(check_id)).data)


class CheckRest(GenericAPIView[Check]):
    """Make those comparisons of a check again that failed; its matches and its place in the registry stay.

    202: follow the job, then read the check. 200 when nothing is left to compare.
    """

    scope = SCOPE
    serializer_class = CheckSerializer

    @extend_schema(
        operation_id="checks_rest",
        tags=["checks"],
        request=None,
        responses={200: CheckSerializer, 202: CheckSerializer},
    )
    def post(self, request: Request, check_id: uuid.UUID) -> Response:
        check = services.compare_rest(check_id=check_id)
        body = CheckSerializer(check).data
        return accepted(check.job, body) if check.is_open and check.job else Response(body)
