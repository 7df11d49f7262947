"""The encoder leaves PyTorch: exported to ONNX once, run at any batch size and length."""

import torch

from sequence_learning.certificates.certificate import Certificate, Promise
from sequence_learning.certificates.subject import Inputs, Subject, apply, largest, worst
from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.onnx_graph import GraphSession, export_graph

_ONNX = Promise(
    "onnx",
    "<=",
    1e-5,
    "Exported to ONNX, it gives eager's numbers at batch sizes and lengths other than those exported, NaN on padding "
    "(largest |r-e| / (1 + largest |e|)).",
)
#: Lengths of batches of 1x1, 5x12 and 2x30; what is exported is 4x6.
_RUNS = (((1,), 1), ((0,), 1), ((12, 0, 1, 7, 12), 12), ((30, 0), 30))


def onnx(subject: Subject) -> Certificate:
    """Export with dynamic sizes, run in ONNX Runtime, compare."""
    encoder = subject.build()
    session = _exported(encoder, subject.inputs())
    measured = []
    for lengths, n_steps in _RUNS:
        inputs = subject.inputs(lengths, n_steps=n_steps).padded_with(float("nan"))
        with torch.no_grad():
            expected = apply(encoder, inputs)
        measured.append(_relative(session(_named(inputs)), expected))
    return _ONNX.given(subject, worst(measured))


def _relative(result: torch.Tensor, expected: torch.Tensor) -> float:
    """Largest difference relative to the largest value: what is small beside others is rounded like them."""
    if result.shape != expected.shape:
        raise ValueError(f"shapes must be equal, got {tuple(result.shape)} in place of {tuple(expected.shape)}")
    return largest((result - expected).abs()) / (1 + largest(expected.abs()))


def _exported(encoder: SequenceEncoder, inputs: Inputs) -> GraphSession:
    dynamic = {"x_seq": (0, 1), "lengths": (0,), "ages": (0, 1), "query": (0,)}
    return GraphSession(export_graph(encoder, _named(inputs), dynamic))


def _named(inputs: Inputs) -> dict[str, torch.Tensor]:
    return {"x_seq": inputs.x_seq, "lengths": inputs.lengths, **inputs.optional}
