"""The log: lines for people, or JSON for programs, with the request each belongs to, no secrets.

Whatever logs through the standard library comes here. What looks like a secret is struck out of
each line as the last thing before it is written, wherever it comes from.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

SECRETS = (
    (re.compile(r"(://)[^\s/@\"']+@"), r"\1***@"),  # user:password of a URL
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), r"\1 ***"),
    (re.compile(r"\bcp_[\w-]{20,}"), "cp_***"),
    (re.compile(r"\bwhsec_[\w+/=-]+"), "whsec_***"),
    (re.compile(r"(?i)\b(counterpoise_session|password|secret|csrf)(['\"]?\s*[=:]\s*)"
                r"(?:\"[^\"]*\"|'[^']*'|[^\s,;&)}\]]+)"), r"\1\2***"),
    (re.compile(r"\$argon2\w*\$[^\s'\"]+"), "$argon2***"),
)  # fmt: skip


def struck(text: str) -> str:
    """A text without what looks like a secret.

    >>> struck("rtsp://me:hunter2@10.0.0.7/live is away")
    'rtsp://***@10.0.0.7/live is away'
    """
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


@contextmanager
def logging_to(form: str, level: str, stream: TextIO | None = None) -> Iterator[None]:
    """Have everything logged to a stream, or to standard error, for the block.

    Args:
        form: "text" or "json".
        level: the least that is logged, such as "warning".
        stream: where to.
    """
    handler = logging.StreamHandler(stream)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor]
    if form == "json":
        last = [structlog.processors.format_exc_info, _strike, structlog.processors.JSONRenderer()]
    else:
        target = stream or sys.stderr
        last = [
            structlog.processors.format_exc_info,
            _strike,
            structlog.dev.ConsoleRenderer(
                colors=target.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    own = logging.getLogger("counterpoise")
    before = root.level, own.level
    root.addHandler(handler)
    root.setLevel(logging.WARNING)  # of other libraries
    own.setLevel(level.upper())
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before[0])
        own.setLevel(before[1])


def _strike(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    return {name: struck(value) if isinstance(value, str) else value
            for name, value in event.items()}  # fmt: skip
