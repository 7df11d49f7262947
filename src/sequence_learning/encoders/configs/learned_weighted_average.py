"""Options of the learned weighted average."""

from pydantic import Field

from sequence_learning.encoders.configs.base import EncoderConfig


class LearnedWeightedAverageConfig(EncoderConfig):
    """Shape of the scorer.

    Attributes:
        d_hidden: hidden units that turn one step into its scores.
        n_heads: scores per step, each with an average of its own.
        d_query: numbers of a query that the scores depend on too, 0 for none. In the whole model that is the
            tabular branch's output, so ``model.d_tabular``.
    """

    d_hidden: int = Field(64, ge=1)
    n_heads: int = Field(1, ge=1)
    d_query: int = Field(0, ge=0)

    @property
    def order_free(self) -> bool:
        """A score depends on its own event alone."""
        return True
