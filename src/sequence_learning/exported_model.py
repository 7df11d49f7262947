"""The whole model outside PyTorch: exported to ONNX, then run in ONNX Runtime on one thread."""

import torch
from torch import Tensor, nn

from sequence_learning.batch import SequenceBatch
from sequence_learning.model import SequenceModel
from sequence_learning.onnx_graph import GraphSession, export_graph
from sequence_learning.spec import InputSpec

#: Axes of each input whose size differs from batch to batch: rows, and steps.
_DYNAMIC = {
    "values": (0, 1),
    "codes": (0, 1),
    "lengths": (0,),
    "numeric": (0,),
    "categorical": (0,),
    "ages": (0, 1),
}
#: The batch that the exporter follows; neither its rows nor its steps are numbers of anything else.
_EXAMPLE_LENGTHS = (0, 1, 5, 7)


def export_model(model: SequenceModel, spec: InputSpec) -> bytes:
    """Export a model, which is put in evaluation mode.

    Args:
        model: what is exported.
        spec: widths of its inputs.

    Returns:
        The graph in ONNX's own format, weights included, from the tensors of a
        :class:`~sequence_learning.batch.SequenceBatch` but ``target`` to raw outputs ``(B, C)``.
    """
    return export_graph(_OnTensors(model).eval(), _inputs(_example(spec)), _DYNAMIC)


class ExportedModel:
    """A model that :func:`export_model` exported: gives what it gave, without PyTorch's part in computing it."""

    def __init__(self, graph: bytes) -> None:
        self._session = GraphSession(graph)

    def __call__(self, batch: SequenceBatch) -> Tensor:
        """Raw outputs ``(B, C)``, as :meth:`~sequence_learning.model.SequenceModel.forward`."""
        return self._session(_inputs(batch))


class _OnTensors(nn.Module):
    """A model that takes tensors, since a graph cannot take a batch."""

    def __init__(self, model: SequenceModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        values: Tensor,
        codes: Tensor,
        lengths: Tensor,
        numeric: Tensor,
        categorical: Tensor,
        ages: Tensor | None = None,
    ) -> Tensor:
        """Raw outputs ``(B, C)``."""
        unknown = numeric.new_zeros(lengths.shape[0])
        return self.model(SequenceBatch(values, codes, lengths, numeric, categorical, unknown, ages))  # type: ignore[no-any-return]


def _inputs(batch: SequenceBatch) -> dict[str, Tensor]:
    """What the graph takes of a batch, by name."""
    inputs = {name: tensor for name in _DYNAMIC if (tensor := getattr(batch, name)) is not None}
    if batch.values.shape[1] == 0:  # the exporter has followed the path of batches with steps: one padded step is none
        for name in {"values", "codes", "ages"} & inputs.keys():
            inputs[name] = inputs[name].new_zeros(len(batch), 1, *inputs[name].shape[2:])
    return inputs


def _example(spec: InputSpec) -> SequenceBatch:
    n_rows, n_steps = len(_EXAMPLE_LENGTHS), max(_EXAMPLE_LENGTHS)
    return SequenceBatch(
        values=torch.zeros(n_rows, n_steps, spec.n_channels),
        codes=torch.zeros(n_rows, n_steps, len(spec.event_categories), dtype=torch.int64),
        lengths=torch.tensor(_EXAMPLE_LENGTHS),
        numeric=torch.zeros(n_rows, spec.n_numeric),
        categorical=torch.zeros(n_rows, len(spec.categories), dtype=torch.int64),
        target=torch.zeros(n_rows),
        ages=torch.zeros(n_rows, n_steps) if spec.has_ages else None,
    )
