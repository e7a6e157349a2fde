"""Tracks and works, in short, as answers refer to them."""

from typing import Any

from rest_framework import serializers

from apps.catalog.models import TrackStatus


class TrackReferenceSerializer(serializers.Serializer[Any]):
    """A track of yours, in short."""

    id = serializers.UUIDField(read_only=True)
    title = serializers.CharField(source="full_title", read_only=True)
    artist = serializers.CharField(source="artist_line", read_only=True)
    status = serializers.ChoiceField(choices=TrackStatus.choices, read_only=True)


class WorkReferenceSerializer(serializers.Serializer[Any]):
    """A work of yours, in short."""

    id = serializers.UUIDField(read_only=True)
    title = serializers.CharField(source="full_title", read_only=True)
    composer = serializers.CharField(source="composer_line", read_only=True)
    status = serializers.ChoiceField(choices=TrackStatus.choices, read_only=True)
