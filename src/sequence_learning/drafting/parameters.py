"""What a draft is told."""

from sequence_learning.options import Options


class DraftParameters(Options):
    """What ``kedro run --pipeline draft_schema`` is told.

    Attributes:
        target: the column of ``entities`` to predict; without it, one with a usual name is taken.
    """

    target: str | None = None
