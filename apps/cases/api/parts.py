"""Endpoints of what hangs on a case: messages, notes, proposals, deadlines, files."""

import uuid
from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.cases import downloads, selectors, services
from apps.cases.api import serializers as shapes
from apps.cases.api.views import SCOPE, TAG, require_admin, valid
from apps.cases.services.deadlines import Due
from apps.cases.services.proposals import Terms
from apps.catalog.api.views import AnyMediaRenderer

TERMS = (
    "fee_minor",
    "currency",
    "starts_on",
    "ends_on",
    "territory",
    "credit_line",
    "share_percent",
    "take_down_on",
    "text",
)


class CaseMessages(GenericAPIView[Any]):
    """Send a message to the other side."""

    scope = SCOPE
    serializer_class = shapes.MessageSerializer

    @extend_schema(operation_id="cases_message", tags=TAG, responses={201: shapes.EntrySerializer})
    def post(self, request: Request, case_id: uuid.UUID) -> Response:
        selectors.get_case(case_id)
        values = valid(shapes.MessageSerializer, request)
        entry = services.thread.write_message(case_id=case_id, text=values["text"], signed=values.get("signed", ""))
        return Response(shapes.EntrySerializer(entry).data, status=201)


class CaseNotes(GenericAPIView[Any]):
    """Keep a note that only your side sees."""

    scope = SCOPE
    serializer_class = shapes.NoteSerializer

    @extend_schema(operation_id="cases_note", tags=TAG, responses={201: shapes.EntrySerializer})
    def post(self, request: Request, case_id: uuid.UUID) -> Response:
        selectors.get_case(case_id)
        values = valid(shapes.NoteSerializer, request)
        entry = services.thread.write_note(case_id=case_id, text=values["text"])
        return Response(shapes.EntrySerializer(entry).data, status=201)


class CaseProposals(GenericAPIView[Any]):
    """Offer terms to the other side; with ``counters`` in place of one of its open proposals."""

    scope = SCOPE
    serializer_class = shapes.NewProposalSerializer

    @extend_schema(operation_id="cases_propose", tags=TAG, responses={201: shapes.ProposalSerializer})
    def post(self, request: Request, case_id: uuid.UUID) -> Response:
        selectors.get_case(case_id)
        values = valid(shapes.NewProposalSerializer, request)
        terms = Terms(kind=values["kind"], **{name: values[name] for name in TERMS if name in values})
        proposal = services.proposals.propose(
            case_id=case_id,
            terms=terms,
            signed=values.get("signed", ""),
            answer_by=values.get("answer_by"),
            counters=values.get("counters"),
        )
        return Response(shapes.ProposalSerializer(proposal).data, status=201)


class ProposalAnswer(GenericAPIView[Any]):
    """Accept or decline a proposal of the other side, or withdraw one of yours. Members accept as administrators."""

    scope = SCOPE
    serializer_class = shapes.AnswerSerializer

    @extend_schema(operation_id="cases_answer", tags=TAG, responses={200: shapes.ProposalSerializer})
    def post(self, request: Request, case_id: uuid.UUID, proposal_id: uuid.UUID) -> Response:
        selectors.get_proposal(case_id, proposal_id)
        values = valid(shapes.AnswerSerializer, request)
        if values["answer"] == "accept":
            require_admin(request)
        answers = {
            "accept": services.proposals.accept,
            "decline": services.proposals.decline,
            "withdraw": services.proposals.withdraw,
        }
        proposal = answers[values["answer"]](
            case_id=case_id,
            proposal_id=proposal_id,
            text=values.get("text", ""),
            signed=values.get("signed", ""),
        )
        return Response(shapes.ProposalSerializer(proposal).data)


class CaseDeadlines(GenericAPIView[Any]):
    """Set a deadline; both sides see it and are reminded."""

    scope = SCOPE
    serializer_class = shapes.NewDeadlineSerializer

    @extend_schema(operation_id="cases_deadline", tags=TAG, responses={201: shapes.DeadlineSerializer})
    def post(self, request: Request, case_id: uuid.UUID) -> Response:
        selectors.get_case(case_id)
        values = valid(shapes.NewDeadlineSerializer, request)
        due = Due(values["due_at"], values["for_us"], values["for_them"], values.get("text", ""))
        deadline = services.deadlines.set_deadline(case_id=case_id, due=due)
        return Response(shapes.DeadlineSerializer(deadline).data, status=201)


class DeadlineSettle(GenericAPIView[Any]):
    """Mark a deadline that your side set as met, or cancel it."""

    scope = SCOPE
    serializer_class = shapes.SettleSerializer

    @extend_schema(operation_id="cases_deadline_settle", tags=TAG, responses={200: shapes.DeadlineSerializer})
    def post(self, request: Request, case_id: uuid.UUID, deadline_id: uuid.UUID) -> Response:
        selectors.get_deadline(case_id, deadline_id)
        values = valid(shapes.SettleSerializer, request)
        deadline = services.deadlines.settle_deadline(
            case_id=case_id, deadline_id=deadline_id, outcome=values["outcome"]
        )
        return Response(shapes.DeadlineSerializer(deadline).data)


class CaseFiles(GenericAPIView[Any]):
    """Keep a file in a case: for your side alone, or shared. Up to 25 MB; the type is told by the content."""

    scope = SCOPE
    parser_classes = [MultiPartParser]
    serializer_class = shapes.NewFileSerializer

    @extend_schema(operation_id="cases_file_add", tags=TAG, responses={201: shapes.CaseFileSerializer})
    def post(self, request: Request, case_id: uuid.UUID) -> Response:
        selectors.get_case(case_id)
        values = valid(shapes.NewFileSerializer, request)
        file = values["file"]
        row = services.files.add_file(
            case_id=case_id, file=file, filename=file.name, share=values["share"], signed=values.get("signed", "")
        )
        return Response(shapes.CaseFileSerializer(row).data, status=201)


class CaseFileDetail(GenericAPIView[Any]):
    """The file itself; deleting works while only your side has it."""

    scope = SCOPE
    renderer_classes = [AnyMediaRenderer]

    @extend_schema(
        operation_id="cases_file", tags=TAG, responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, case_id: uuid.UUID, case_file_id: uuid.UUID) -> HttpResponseBase:
        return downloads.case_file(request._request, selectors.get_file(case_id, case_file_id))

    @extend_schema(operation_id="cases_file_delete", tags=TAG, responses={204: None})
    def delete(self, request: Request, case_id: uuid.UUID, case_file_id: uuid.UUID) -> Response:
        services.files.remove_file(case_id=case_id, file_id=case_file_id)
        return Response(status=204)


class CaseFileShare(GenericAPIView[Any]):
    """Let the other side have a file of yours. It can't be taken back."""

    scope = SCOPE
    serializer_class = shapes.CaseFileSerializer

    @extend_schema(operation_id="cases_file_share", tags=TAG, request=None)
    def post(self, request: Request, case_id: uuid.UUID, case_file_id: uuid.UUID) -> Response:
        selectors.get_file(case_id, case_file_id)
        row = services.files.share_file(case_id=case_id, file_id=case_file_id)
        return Response(shapes.CaseFileSerializer(row).data)
