"""Endpoints of sources, watchlists, alerts and plays."""

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.monitoring import selectors, services
from apps.monitoring.api import serializers as shapes
from apps.monitoring.api.views import SCOPE
from apps.monitoring.models import Alert, MonitoringSource, WatchItem, WatchList
from apps.monitoring.selectors import PlayFilters

DEFAULT_DAYS = 30


class SourceList(ListAPIView[MonitoringSource]):
    """Sources; POST makes one."""

    scope = SCOPE
    serializer_class = shapes.SourceSerializer

    def get_queryset(self) -> Any:
        return selectors.sources()

    @extend_schema(operation_id="monitoring_sources_list", tags=["monitoring"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="monitoring_sources_create", tags=["monitoring"], responses={201: shapes.SourceSerializer}
    )
    def post(self, request: Request) -> Response:
        form = shapes.SourceSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        source = services.save_source(source_id=None, **form.validated_data)
        return Response(shapes.SourceSerializer(source).data, status=201)


class SourceDetail(GenericAPIView[MonitoringSource]):
    """One source."""

    scope = SCOPE
    serializer_class = shapes.SourceSerializer

    @extend_schema(operation_id="monitoring_sources_read", tags=["monitoring"])
    def get(self, request: Request, source_id: uuid.UUID) -> Response:
        return Response(shapes.SourceSerializer(selectors.get_source(source_id)).data)

    @extend_schema(operation_id="monitoring_sources_replace", tags=["monitoring"])
    def put(self, request: Request, source_id: uuid.UUID) -> Response:
        selectors.get_source(source_id)
        form = shapes.SourceSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(shapes.SourceSerializer(services.save_source(source_id=source_id, **form.validated_data)).data)

    @extend_schema(operation_id="monitoring_sources_archive", tags=["monitoring"], responses={204: None})
    def delete(self, request: Request, source_id: uuid.UUID) -> Response:
        services.archive_source(source_id=source_id)
        return Response(status=204)


class WatchListList(ListAPIView[WatchList]):
    """Watchlists with what is on them; POST makes one."""

    scope = SCOPE
    serializer_class = shapes.WatchListSerializer

    def get_queryset(self) -> Any:
        return selectors.watchlists()

    @extend_schema(operation_id="monitoring_watchlists_list", tags=["monitoring"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="monitoring_watchlists_create", tags=["monitoring"], responses={201: shapes.WatchListSerializer}
    )
    def post(self, request: Request) -> Response:
        form = shapes.WatchListSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        made = services.save_watchlist(watchlist_id=None, **form.validated_data)
        return Response(shapes.WatchListSerializer(made).data, status=201)


class WatchListDetail(GenericAPIView[WatchList]):
    """One watchlist."""

    scope = SCOPE
    serializer_class = shapes.WatchListSerializer

    @extend_schema(operation_id="monitoring_watchlists_read", tags=["monitoring"])
    def get(self, request: Request, watchlist_id: uuid.UUID) -> Response:
        return Response(shapes.WatchListSerializer(selectors.get_watchlist(watchlist_id)).data)

    @extend_schema(operation_id="monitoring_watchlists_replace", tags=["monitoring"])
    def put(self, request: Request, watchlist_id: uuid.UUID) -> Response:
        selectors.get_watchlist(watchlist_id)
        form = shapes.WatchListSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        services.save_watchlist(watchlist_id=watchlist_id, **form.validated_data)
        return Response(shapes.WatchListSerializer(selectors.get_watchlist(watchlist_id)).data)

    @extend_schema(operation_id="monitoring_watchlists_delete", tags=["monitoring"], responses={204: None})
    def delete(self, request: Request, watchlist_id: uuid.UUID) -> Response:
        services.delete_watchlist(watchlist_id=watchlist_id)
        return Response(status=204)


class WatchItemAdd(GenericAPIView[WatchItem]):
    """Put something on a watchlist; again answers what is there."""

    scope = SCOPE
    serializer_class = shapes.WatchItemSerializer

    @extend_schema(
        operation_id="monitoring_watchlists_add", tags=["monitoring"], responses={201: shapes.WatchItemSerializer}
    )
    def post(self, request: Request, watchlist_id: uuid.UUID) -> Response:
        selectors.get_watchlist(watchlist_id)
        form = shapes.WatchItemSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values = form.validated_data
        item = services.add_item(
            watchlist_id=watchlist_id,
            kind=values["kind"],
            name=values.get("name", ""),
            track_id=values.get("track_id"),
            cue_id=values.get("cue"),
        )
        return Response(shapes.WatchItemSerializer(item).data, status=201)


class WatchItemDetail(GenericAPIView[WatchItem]):
    """One thing on a watchlist."""

    scope = SCOPE
    serializer_class = shapes.WatchItemSerializer

    @extend_schema(operation_id="monitoring_watchlists_remove", tags=["monitoring"], responses={204: None})
    def delete(self, request: Request, item_id: uuid.UUID) -> Response:
        services.remove_item(item_id=item_id)
        return Response(status=204)


class AlertList(ListAPIView[Alert]):
    """Watched tracks that were heard, newest first."""

    scope = SCOPE
    serializer_class = shapes.AlertSerializer

    def get_queryset(self) -> Any:
        return selectors.alerts()

    @extend_schema(operation_id="monitoring_alerts_list", tags=["monitoring"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class Plays(GenericAPIView[Any]):
    """Plays over time, by track and by source; the last 30 days unless you say otherwise."""

    scope = SCOPE
    serializer_class = shapes.PlaysSerializer

    @extend_schema(operation_id="monitoring_plays", tags=["monitoring"], parameters=[shapes.PlaysQuerySerializer])
    def get(self, request: Request) -> Response:
        form = shapes.PlaysQuerySerializer(data=request.query_params)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        until = asked.get("until") or timezone.localdate()
        since = asked.get("since") or until - timedelta(days=DEFAULT_DAYS - 1)
        filters = PlayFilters(
            since=min(since, until),
            until=until,
            source_id=asked.get("source"),
            track_key=asked.get("track_key", ""),
            ours=asked["ours"],
        )
        series = selectors.series(filters, asked["step"])
        steps = [
            {"start": start, "plays": plays, "seconds": seconds}
            for start, plays, seconds in zip(series.starts, series.plays, series.seconds, strict=True)
        ]
        body = {
            "steps": steps,
            "tracks": selectors.plays_by_track(filters),
            "sources": selectors.plays_by_source(filters),
        }
        return Response(shapes.PlaysSerializer(body).data)
