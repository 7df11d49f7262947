"""Attention pooling: a learned score per step, a softmax over the real steps, a weighted sum."""

from torch import Tensor, nn

from sequence_learning.encoders.steps import Steps


class AttentionPooling(nn.Module):
    r"""One weighted average per head, side by side.

    Head :math:`k` weighs step :math:`t` with :math:`\mathrm{softmax}_t(u_k^\top\tanh(W x_t + V q + b))`, where the
    query :math:`q` is left out unless ``d_query`` says that there is one. An empty row gives zeros. Bahdanau et al.,
    2015, https://arxiv.org/abs/1409.0473; with several heads: Lin et al., 2017, https://arxiv.org/abs/1703.03130.

    Args:
        d_in: numbers per step.
        d_hidden: hidden units of the scorer.
        n_heads: weighted averages.
        d_query: numbers of the query; 0 for none.
    """

    def __init__(self, d_in: int, d_hidden: int, n_heads: int = 1, d_query: int = 0) -> None:
        super().__init__()
        self.hidden = nn.Linear(d_in, d_hidden)
        # The hidden layer has a bias already, and the softmax ignores a constant.
        self.query = nn.Linear(d_query, d_hidden, bias=False) if d_query else None
        self.score = nn.Linear(d_hidden, n_heads, bias=False)
        self.d_out = d_in * n_heads

    def weights(self, steps: Steps) -> Tensor:
        """How much each step counts in :meth:`forward`, ``(B, L, n_heads)``; columns sum to 1 over the real steps.

        Raises:
            ValueError: if the query is missing, or of another width than ``d_query``.
        """
        return steps.softmax(self._scores(steps))

    def forward(self, steps: Steps) -> Tensor:
        """``(B, L, D) -> (B, n_heads * D)``; raises as :meth:`weights`."""
        return steps.averages(self._scores(steps), steps.values).flatten(1)

    def _scores(self, steps: Steps) -> Tensor:
        hidden = self.hidden(steps.values)
        if self.query is not None:
            given = 0 if steps.query is None else steps.query.shape[1]
            if steps.query is None or given != self.query.in_features:
                raise ValueError(
                    f"a query must be d_query = {self.query.in_features} numbers wide, got {given}; "
                    "set d_query to the width of what the sequence is asked with (model.d_tabular)"
                )
            hidden = hidden + steps.beside(self.query(steps.query))
        return self.score(hidden.tanh())  # type: ignore[no-any-return]
