"""Structured log lines: JSON in production, readable in development."""

import structlog
from django.conf import settings
from structlog.stdlib import ProcessorFormatter


def formatter() -> ProcessorFormatter:
    """The formatter of the console handler."""
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(colors=False) if settings.DEBUG else structlog.processors.JSONRenderer()
    )
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    return ProcessorFormatter(
        foreign_pre_chain=shared, processors=[ProcessorFormatter.remove_processors_meta, renderer]
    )
