"""The tabular branch: numbers and categories of an entity to one vector, or to one for each member of an ensemble."""

import warnings

import torch
from rtdl_num_embeddings import PeriodicEmbeddings, PiecewiseLinearEmbeddings
from tabm import EnsembleView, MLPBackboneBatchEnsemble
from torch import Tensor, nn

from sequence_learning.category_embedding import CategoryEmbedding, with_categories
from sequence_learning.parameters import ModelParameters
from sequence_learning.spec import InputSpec


class TabularBranch(nn.Module):
    """Embeds each feature, then an MLP, or TabM's ensemble of MLPs that share most of their weights.

    Numbers go in as they are, or each through an embedding of its own (Gorishniy et al., *On Embeddings for Numerical
    Features in Tabular Deep Learning*, 2022, https://arxiv.org/abs/2203.05556): piecewise-linear over the quantiles
    of the training rows, or sines of learned frequencies. TabM: Gorishniy et al., 2024,
    https://arxiv.org/abs/2410.24210; unlike there, its members share the head and differ in this branch alone, and for
    classes their logits are averaged, not their probabilities.

    Shape: ``(B, T)``, ``(B, K)`` to ``(B, d_out)``, or to ``(B, M, d_out)`` for an ensemble of ``M`` members.

    Raises:
        ValueError: if piecewise-linear embeddings are asked for and ``spec`` has no bins.
    """

    def __init__(self, spec: InputSpec, parameters: ModelParameters) -> None:
        super().__init__()
        self.embed_numbers, number_widths = _number_embedding(spec, parameters)
        self.embed_categories = CategoryEmbedding(spec.categories)
        self.backbone = _backbone(number_widths + self.embed_categories.widths, parameters)
        self.d_out = parameters.d_tabular

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """Vectors of the branch."""
        numbers = self.embed_numbers(numeric).flatten(1)
        return self.backbone(with_categories(numbers, categorical, self.embed_categories))  # type: ignore[no-any-return]


class NoTabularBranch(nn.Module):
    """No tabular features, or the ablation without them: one vector of width zero."""

    d_out = 0

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """``(B, T)``, ``(B, K)`` to ``(B, 0)``."""
        return numeric.new_zeros(numeric.shape[0], 0)


def build_tabular_branch(spec: InputSpec, parameters: ModelParameters) -> TabularBranch | NoTabularBranch:
    """The branch that ``parameters.backbone`` names; where there is no tabular column there is none."""
    has_columns = spec.n_numeric > 0 or len(spec.categories) > 0
    return TabularBranch(spec, parameters) if has_columns and parameters.backbone != "none" else NoTabularBranch()


def _number_embedding(spec: InputSpec, parameters: ModelParameters) -> tuple[nn.Module, list[int]]:
    """What embeds the tabular numbers, and how wide each becomes."""
    if parameters.numbers == "raw" or not spec.n_numeric:
        return nn.Identity(), [1] * spec.n_numeric
    widths = [parameters.d_number] * spec.n_numeric
    if parameters.numbers == "periodic":
        embedding = PeriodicEmbeddings(
            spec.n_numeric, parameters.d_number, frequency_init_scale=parameters.frequency_scale, lite=False
        )
        return embedding, widths
    if not spec.numeric_bins:
        raise ValueError(
            "piecewise-linear embeddings need the bins of every number, but the prepared features have none; "
            "run the pipeline feature_preparation again"
        )
    bins = [torch.tensor(edges) for edges in spec.numeric_bins]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*just two bin edges")  # a flag has no more
        return PiecewiseLinearEmbeddings(bins, parameters.d_number, activation=False, version="B"), widths


def _backbone(widths: list[int], parameters: ModelParameters) -> nn.Module:
    if parameters.backbone == "mlp":
        layers: list[nn.Module] = []
        d_in = sum(widths)
        for _ in range(parameters.n_layers):
            layers += [nn.Linear(d_in, parameters.d_tabular), nn.ReLU()]
            d_in = parameters.d_tabular
        return nn.Sequential(*layers)
    return nn.Sequential(
        EnsembleView(k=parameters.n_members),
        MLPBackboneBatchEnsemble(
            d_in=sum(widths),
            n_blocks=parameters.n_layers,
            d_block=parameters.d_tabular,
            dropout=parameters.dropout,
            k=parameters.n_members,
            tabm_init=True,
            scaling_init="normal",
            start_scaling_init_chunks=widths,
        ),
    )
