"""Endpoints of cases: list, open, read, end, export."""

import uuid
from typing import Any, cast

from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.cases import downloads, selectors, services
from apps.cases.api import serializers as shapes
from apps.cases.models import Case, CaseState, Side
from apps.catalog.api.views import AnyMediaRenderer
from apps.core.errors import Forbidden
from apps.jobs.api import accepted
from apps.tenancy.models import Role
from apps.tenancy.requests import TenantRequest

SCOPE = "cases"
TAG = ["cases"]


def require_admin(request: Request) -> None:
    """Members who accept or end must be administrators; a key may, because an administrator gave it the scope.

    Raises:
        Forbidden: the signed-in member is none.
    """
    membership = cast(TenantRequest, request._request).membership
    if membership is not None and not membership.may_act_as(Role.ADMIN):
        raise Forbidden(_("Only an administrator of your organisation can do this."), code="role_too_low")


def valid(serializer: type[Any], request: Request) -> dict[str, Any]:
    """What was sent, checked."""
    form = serializer(data=request.data)
    form.is_valid(raise_exception=True)
    values: dict[str, Any] = form.validated_data
    return values


class CaseList(ListAPIView[Case]):
    """Cases, newest first."""

    scope = SCOPE
    serializer_class = shapes.CaseSerializer

    def get_queryset(self) -> Any:
        wanted = self.request.query_params
        return selectors.cases(
            selectors.CaseFilters(
                state=wanted.get("state", ""),
                side=wanted.get("side", ""),
                deadline=wanted.get("deadline", ""),
                tab="needs" if wanted.get("needs_us") == "true" else "",
            )
        )

    @extend_schema(
        operation_id="cases_list",
        tags=TAG,
        parameters=[
            OpenApiParameter("state", enum=CaseState.values),
            OpenApiParameter("side", enum=Side.values),
            OpenApiParameter("deadline", enum=["near", "any", "overdue"]),
            OpenApiParameter(
                "needs_us", type=OpenApiTypes.BOOL, description="Only cases in which the next step is yours."
            ),
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="cases_open",
        tags=TAG,
        request=shapes.OpenSerializer,
        responses={200: shapes.CaseSerializer, 201: shapes.CaseSerializer},
    )
    def post(self, request: Request) -> Response:
        """Open a case from a match or a cue. 200 when one about the same stands already; nothing is added to it."""
        values = valid(shapes.OpenSerializer, request)
        said = {"text": values["text"], "signed": values.get("signed", "")}
        if "match" in values:
            case, is_new = services.open_from_match(match_id=values["match"], **said)
        else:
            case, is_new = services.open_from_cue(cue_id=values["cue"], **said)
        return Response(shapes.CaseSerializer(case).data, status=201 if is_new else 200)


class CaseDetail(GenericAPIView[Any]):
    """One case with thread, proposals, deadlines and files."""

    scope = SCOPE
    serializer_class = shapes.CaseReportSerializer

    @extend_schema(operation_id="cases_read", tags=TAG)
    def get(self, request: Request, case_id: uuid.UUID) -> Response:
        report = selectors.case_report(selectors.get_case(case_id))
        return Response(shapes.CaseReportSerializer(report).data)


class CaseSteps(GenericAPIView[Any]):
    """Decline, withdraw, close or reopen a case, with a reason. Members need to be administrators."""

    scope = SCOPE
    serializer_class = shapes.StepSerializer

    @extend_schema(operation_id="cases_step", tags=TAG, responses={200: shapes.CaseSerializer})
    def post(self, request: Request, case_id: uuid.UUID) -> Response:
        selectors.get_case(case_id)
        require_admin(request)
        values = valid(shapes.StepSerializer, request)
        steps = {
            "decline": services.states.decline_case,
            "withdraw": services.states.withdraw_case,
            "close": services.states.close_case,
            "reopen": services.states.reopen_case,
        }
        case = steps[values["step"]](case_id=case_id, reason=values["reason"], signed=values.get("signed", ""))
        return Response(shapes.CaseSerializer(case).data)


class CaseAssign(GenericAPIView[Any]):
    """Put a member in charge, who alone is notified from then on. The other side does not learn of it."""

    scope = SCOPE
    serializer_class = shapes.CaseAssignSerializer

    @extend_schema(operation_id="cases_assign", tags=TAG, responses={200: shapes.CaseSerializer})
    def post(self, request: Request, case_id: uuid.UUID) -> Response:
        selectors.get_case(case_id)
        values = valid(shapes.CaseAssignSerializer, request)
        return Response(
            shapes.CaseSerializer(services.thread.assign(case_id=case_id, user_id=values["assigned_to"])).data
        )


class CaseVerify(GenericAPIView[Any]):
    """Compute every digest of the frozen evidence anew from what is stored."""

    scope = SCOPE
    serializer_class = shapes.CaseVerificationSerializer

    @extend_schema(
        operation_id="cases_verify", tags=TAG, request=None, responses={200: shapes.CaseVerificationSerializer}
    )
    def post(self, request: Request, case_id: uuid.UUID) -> Response:
        return Response(shapes.CaseVerificationSerializer(services.freezing.verify(case_id=case_id)).data)


class CaseEvidence(GenericAPIView[Any]):
    """The frozen findings, byte for byte as ``evidence_sha256`` covers them."""

    scope = SCOPE
    renderer_classes = [AnyMediaRenderer]

    @extend_schema(operation_id="cases_evidence", tags=TAG, responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request: Request, case_id: uuid.UUID) -> HttpResponse:
        return downloads.evidence(selectors.get_case(case_id))


class CaseManifest(GenericAPIView[Any]):
    """The list of all frozen evidence, byte for byte as ``digest`` covers it."""

    scope = SCOPE
    renderer_classes = [AnyMediaRenderer]

    @extend_schema(operation_id="cases_manifest", tags=TAG, responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request: Request, case_id: uuid.UUID) -> HttpResponse:
        return downloads.frozen_list(selectors.get_case(case_id))


class CaseExhibit(GenericAPIView[Any]):
    """One frozen evidence file."""

    scope = SCOPE
    renderer_classes = [AnyMediaRenderer]

    @extend_schema(
        operation_id="cases_exhibit", tags=TAG, responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, case_id: uuid.UUID, exhibit_id: uuid.UUID) -> HttpResponseBase:
        return downloads.exhibit(request._request, selectors.get_exhibit(case_id, exhibit_id))


class CaseExports(GenericAPIView[Any]):
    """Have a PDF or a ZIP of everything made. 202: follow the job, then fetch it."""

    scope = SCOPE
    serializer_class = shapes.NewExportSerializer

    @extend_schema(operation_id="cases_export", tags=TAG, responses={202: shapes.ExportSerializer})
    def post(self, request: Request, case_id: uuid.UUID) -> Response:
        selectors.get_case(case_id)
        values = valid(shapes.NewExportSerializer, request)
        export = services.exports.request_export(case_id=case_id, kind=values["kind"], with_notes=values["with_notes"])
        body = shapes.ExportSerializer(export).data
        return accepted(export.job, body) if export.job else Response(body)


class CaseExportDetail(GenericAPIView[Any]):
    """The export itself, once its job has succeeded."""

    scope = SCOPE
    renderer_classes = [AnyMediaRenderer]

    @extend_schema(
        operation_id="cases_export_read", tags=TAG, responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, case_id: uuid.UUID, export_id: uuid.UUID) -> HttpResponseBase:
        return downloads.made(request._request, selectors.get_export(case_id, export_id))
