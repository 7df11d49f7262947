"""Integrated gradients: what each input adds to a prediction."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from captum.attr import IntegratedGradients
from torch import Tensor, nn

from sequence_learning.batch import SequenceBatch
from sequence_learning.category_embedding import CategoryEmbedding
from sequence_learning.evaluation.interpretation.positions import MOST_STEPS, batches, mean_by_position
from sequence_learning.evaluation.interpretation.weights import embedded_names, step_names
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.names import ColumnName, FeatureNames, sources
from sequence_learning.model import SequenceModel
from sequence_learning.tabular_branch import TabularBranch

GRADIENTS = ["kind", "feature", "position", "importance", "rows"]


@dataclass(frozen=True)
class Attributions:
    """What each number that a model was given added to its output, with its sign.

    Attributes:
        channels: ``(B, L, D)``, numeric channels and embedded categorical ones of every step; zero where padded.
        tabular: ``(B, T')``, tabular numbers and embedded categories.
        lengths: ``(B,)``.
    """

    channels: Tensor
    tabular: Tensor
    lengths: Tensor


def attribute(model: SequenceModel, batch: SequenceBatch, n_steps: int) -> Attributions:
    r"""Integrated gradients, :math:`x_i \int_0^1 \partial f(\alpha x) / \partial x_i \, d\alpha` for each input.

    They add up to :math:`f(x) - f(0)`, but for the error of ``n_steps`` points of Gauss and Legendre. The output
    :math:`f` is the standardised target, the logit, or the logit of the class that is predicted. The baseline is zero
    for every number, on all real steps, whose number does not change: features are standardised, so zero is a typical
    value (for indicators: nothing missing), and the embedding of an unknown category starts at zero. Sundararajan et
    al., *Axiomatic Attribution for Deep Networks*, 2017, https://arxiv.org/abs/1703.01365; computed by captum.

    Args:
        model: in evaluation mode, with a differentiable encoder.
        batch: the rows.
        n_steps: points of the path.
    """
    with torch.no_grad():
        chosen = model(batch).argmax(dim=1)
        categories = _tabular_embedding(model)(batch.categorical)
        events = model.event_embedding(batch.codes)
    attributed = IntegratedGradients(_Embedded(model)).attribute(
        (batch.values, events, batch.numeric, categories),  # noqa: PD011
        target=chosen,
        additional_forward_args=(batch.lengths, batch.ages),
        n_steps=n_steps,
        internal_batch_size=max(len(batch), MOST_STEPS // max(1, int(batch.lengths.max()))),
    )
    values, events, numeric, categories = attributed
    return Attributions(torch.cat([values, events], dim=2), torch.cat([numeric, categories], dim=1), batch.lengths)


class _Embedded(nn.Module):
    """A model that is given embedded categories, so that there are gradients to them."""

    def __init__(self, model: SequenceModel) -> None:
        super().__init__()
        self.model = copy.deepcopy(model)
        self.model.event_embedding = nn.Identity()  # type: ignore[assignment]
        self.model.tabular.embed_categories = nn.Identity()

    def forward(
        self, values: Tensor, events: Tensor, numeric: Tensor, categories: Tensor, lengths: Tensor, ages: Tensor | None
    ) -> Tensor:
        """Raw outputs ``(B, C)``."""
        batch = SequenceBatch(values, events, lengths, numeric, categories, target=lengths, ages=ages)
        # Captum asks for the gradient to each input, and a model may have no use for some.
        unused = sum(given.flatten(1).sum(dim=1, keepdim=True) for given in (values, events, numeric, categories))
        return self.model(batch) + 0 * unused  # type: ignore[no-any-return]


def gradients_by_position(
    model: SequenceModel, model_input: ModelInput, names: FeatureNames, rows: np.ndarray, n_steps: int
) -> pd.DataFrame:
    """Mean absolute attribution of every channel at every position, and of every tabular feature.

    Columns that are made of one raw column (the numbers of an embedding, a value and its missing-value indicator) are
    added up before the absolute value.

    Args:
        model: in evaluation mode, with a differentiable encoder.
        model_input: prepared features.
        names: of their columns.
        rows: those that are explained.
        n_steps: points of the path, see :func:`attribute`.

    Returns:
        ``kind`` (``channel`` or ``tabular``), ``feature``, ``position`` (0 for the newest; missing for tabular
        features), ``importance`` (in units of the model's output) and ``rows``, over which it is the mean: those that
        have a step there.
    """
    channels = step_names(names, model.event_embedding.widths)
    widths = _tabular_embedding(model).widths
    tabular = [*names.numeric, *embedded_names(names.categorical[: len(widths)], widths)]
    found = [attribute(model, batch, n_steps) for batch in batches(model_input, rows, copies=n_steps)]
    by_step = ((_by_source(one.channels, channels), one.lengths) for one in found)
    of_channels = mean_by_position(by_step, sources(channels)).rename(columns={"name": "feature", "mean": "importance"})
    of_tabular = torch.cat([_by_source(one.tabular, tabular) for one in found]).double().mean(dim=0)
    rest = pd.DataFrame({"feature": sources(tabular), "importance": of_tabular.numpy(), "rows": len(rows)})
    table = pd.concat([of_channels.assign(kind="channel"), rest.assign(kind="tabular")], ignore_index=True)
    return table.astype({"position": "Int64"})[GRADIENTS]


def _tabular_embedding(model: SequenceModel) -> CategoryEmbedding:
    """That of tabular categories; of none of them, where the model has no tabular branch."""
    return model.tabular.embed_categories if isinstance(model.tabular, TabularBranch) else CategoryEmbedding(())


def _by_source(attributed: Tensor, columns: Sequence[ColumnName]) -> Tensor:
    """Absolute sums over the columns of one source, ``(..., D) -> (..., F)``."""
    found = sources(columns)
    belongs = attributed.new_zeros(len(columns), len(found))
    for i, column in enumerate(columns):
        belongs[i, found.index(column.source)] = 1
    return (attributed @ belongs).abs()
