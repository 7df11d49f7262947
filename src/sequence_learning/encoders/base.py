"""The contract that every encoder keeps."""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor, nn

from sequence_learning.encoders.configs.base import EncoderConfig
from sequence_learning.encoders.steps import Steps


class SequenceEncoder(nn.Module, ABC):
    """Turns sequences into one vector each: every step in the light of the others, then a pooling.

    Pros, cons and measured scores of each encoder stand in the README.

    What holds for every encoder, and is tested for each:

    - Only the first ``lengths[b]`` steps of row ``b`` count. What stands on padded steps, NaN included, and how
      many there are changes nothing.
    - A row does not depend on the other rows of its batch.
    - A sequence of length 0 has a defined, finite vector.
    - Positions count back from the newest step, so a longer history never moves the meaning of the latest event.

    Subclasses set ``config_class``, set ``d_out`` in their constructor (and ``d_step`` if they change the width of a
    step) and write :meth:`pool`; those that relate steps to each other write :meth:`states` too.

    Args:
        d_in: numbers per step.
        config: the encoder's options; its defaults if None.
    """

    config_class: ClassVar[type[EncoderConfig]]
    #: Whether :meth:`pool` works on :class:`~sequence_learning.encoders.ragged_steps.RaggedSteps`, which spare training
    #: all padding: where :meth:`states` changes nothing, and all that is done is done by operations of the steps.
    reads_ragged: bool = False
    #: Whether a vector depends on nothing that is learned, drawn at random or asked: training may compute it once then.
    #: A child has to say so again.
    fixed: bool = False
    #: Width of a step after :meth:`states`.
    d_step: int
    #: Width of the vector.
    d_out: int

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        said, *written = (_distance(cls, name) for name in ("reads_ragged", "pool", "states"))
        if said > min(written):  # it was said of other methods than these
            cls.reads_ragged = False
        if "fixed" not in vars(cls):
            cls.fixed = False

    def __init__(self, d_in: int, config: EncoderConfig | None = None) -> None:
        super().__init__()
        self.d_step = d_in

    def forward(
        self, x_seq: Tensor, lengths: Tensor, ages: Tensor | None = None, query: Tensor | None = None
    ) -> Tensor:
        """Encode a batch.

        Args:
            x_seq: ``(B, L, D)`` float, real steps first, oldest to newest, then padding of any content.
            lengths: ``(B,)`` int64, from 0 to L.
            ages: ``(B, L)`` float, time from each step to the prediction, for encoders that weigh by time.
            query: ``(B, Q)`` float, for encoders that are asked with the tabular features.

        Returns:
            ``(B, d_out)`` float.
        """
        return self.pool(self.states(Steps.of(x_seq, lengths, ages, query)))

    def states(self, steps: Steps) -> Steps:
        """Every step in the light of the others, ``(B, L, D) -> (B, L, d_step)``; unchanged unless overridden."""
        return steps

    @abstractmethod
    def pool(self, steps: Steps) -> Tensor:
        """One vector per row, ``(B, L, d_step) -> (B, d_out)``."""

    def step_weights(self, steps: Steps, states: Steps) -> Tensor | None:
        """How much each step counts in the vector, where the encoder weighs steps; not part of encoding.

        Args:
            steps: what :meth:`states` was given.
            states: what :meth:`pool` is given. Where a state tells of other steps too, so does its weight.

        Returns:
            ``(B, L, H)`` for ``H`` heads, or half-lives of channels, or 1: zero on padded steps; columns sum to 1 over
            the real ones unless the encoder says otherwise. None if the encoder has no such weights.
        """
        return None


def _distance(cls: type, name: str) -> int:
    """How many classes up it is that ``name`` is written."""
    return next(i for i, parent in enumerate(cls.__mro__) if name in vars(parent))
