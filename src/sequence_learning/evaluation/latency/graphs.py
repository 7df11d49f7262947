"""ONNX graphs of trained encoders, for all that is timed in ONNX Runtime."""

import logging
from collections.abc import Sequence
from functools import partial

from sequence_learning.evaluation.latency.scaling import random_batch
from sequence_learning.exported_model import ExportedModel, export_model
from sequence_learning.root_cause import root_cause
from sequence_learning.training.checkpoint import Checkpoint
from sequence_learning.training.pool import OnProgress, side_by_side

logger = logging.getLogger(__name__)


def export_graphs(checkpoints: Sequence[Checkpoint], n_workers: int = 0) -> dict[str, bytes]:
    """Export models to ONNX, side by side, for it takes seconds each.

    Args:
        checkpoints: one per encoder.
        n_workers: processes, at most; 0 means one per core.

    Returns:
        Graphs by encoder. One that cannot be exported, or does not run, is left out, and a warning says why.
    """
    if not checkpoints:
        return {}
    names = [checkpoint.config.encoder.name for checkpoint in checkpoints]
    exported = side_by_side(
        [partial(_export, checkpoint) for checkpoint in checkpoints],
        titles=[f"{name} to ONNX" for name in names],
        n_steps=1,
        n_workers=n_workers,
        title="ONNX graphs",
    )
    graphs = {}
    for name, graph in zip(names, exported, strict=True):
        if isinstance(graph, bytes):
            graphs[name] = graph
        else:
            logger.warning("%s does not run in ONNX Runtime and is not timed there: %s", name, graph)
    return graphs


def _export(checkpoint: Checkpoint, on_progress: OnProgress) -> bytes | str:
    """The graph, or why there is none."""
    spec = checkpoint.config.spec
    try:
        graph = export_model(checkpoint.load_model(), spec)
        ExportedModel(graph)(random_batch(spec, batch_size=2, length=3))
    except Exception as error:  # whatever the exporter or the runtime stumbles over, the other encoders go on
        return root_cause(error)
    return graph
