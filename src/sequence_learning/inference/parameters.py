"""Typed parameters of scoring new tables."""

from pydantic import Field

from sequence_learning.inference.bundle import Runtime
from sequence_learning.options import Options


class PredictParameters(Options):
    """How new tables are scored.

    Attributes:
        batch_rows: entities scored at once, at most.
        batch_events: events scored at once, at most; an entity that has more is scored alone.
        memory_limit_mb: of the sort that brings entities and events together; what exceeds it goes to the disk.
        runtime: ``onnx`` or ``torch``; both give the same.
    """

    batch_rows: int = Field(4096, ge=1)
    batch_events: int = Field(200_000, ge=1)
    memory_limit_mb: int = Field(256, ge=64)
    runtime: Runtime = "onnx"
