"""ONNX: a module exported once, and sessions that run it on one thread at any batch size and length."""

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import onnxruntime
import torch
from torch import Tensor, nn
from torch.export import Dim


def export_graph(module: nn.Module, inputs: Mapping[str, Tensor], dynamic: Mapping[str, tuple[int, ...]]) -> bytes:
    """Export a module in evaluation mode.

    Args:
        module: gives one tensor.
        inputs: an example of each argument of its ``forward``, by name and in that order; sizes that change must be 2
            or more here.
        dynamic: of each input, the axes whose size changes from call to call.

    Returns:
        The graph in ONNX's own format, weights included.
    """
    with _quiet():
        program = torch.onnx.export(
            module,
            (),
            kwargs=dict(inputs),
            dynamo=True,
            dynamic_shapes={name: dict.fromkeys(dynamic[name], Dim.DYNAMIC) for name in inputs},
            input_names=list(inputs),
            verbose=False,
        )
    assert program is not None
    graph: bytes = program.model_proto.SerializeToString()
    return graph


class GraphSession:
    """An exported graph in ONNX Runtime, on one thread of the CPU."""

    def __init__(self, graph: bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        # A module may not use all that it is given, and the exporter drops what is not used.
        self._wanted = [node.name for node in self._session.get_inputs()]

    def __call__(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """The module's output for the inputs that it was exported with, by name."""
        (output,) = self._session.run(None, {name: inputs[name].numpy() for name in self._wanted})
        return torch.from_numpy(output)


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter tells of every step it takes, and warns of its own parts."""
    loggers = [logging.getLogger(name) for name in ("onnxscript", "onnx_ir", "torch.onnx", "torch.export")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
