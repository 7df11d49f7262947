"""The encoder leaves PyTorch: exported to ONNX once, run at any batch size and length."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import onnxruntime
import torch
from torch.export import Dim

from sequence_learning.certificates.certificate import Certificate, Promise
from sequence_learning.certificates.subject import Inputs, Subject, apply, largest, worst
from sequence_learning.encoders.base import SequenceEncoder

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
        measured.append(_relative(_run(session, inputs), expected))
    return _ONNX.given(subject, worst(measured))


def _relative(result: torch.Tensor, expected: torch.Tensor) -> float:
    """Largest difference relative to the largest value: what is small beside others is rounded like them."""
    if result.shape != expected.shape:
        raise ValueError(f"shapes must be equal, got {tuple(result.shape)} in place of {tuple(expected.shape)}")
    return largest((result - expected).abs()) / (1 + largest(expected.abs()))


def _exported(encoder: SequenceEncoder, inputs: Inputs) -> onnxruntime.InferenceSession:
    dynamic = {
        "x_seq": {0: Dim.DYNAMIC, 1: Dim.DYNAMIC},
        "lengths": {0: Dim.DYNAMIC},
        "ages": {0: Dim.DYNAMIC, 1: Dim.DYNAMIC},
        "query": {0: Dim.DYNAMIC},
    }
    names = ["x_seq", "lengths", *inputs.optional]
    with _quiet():
        program = torch.onnx.export(
            encoder,
            (inputs.x_seq, inputs.lengths),
            kwargs=inputs.optional,
            dynamo=True,
            dynamic_shapes={name: dynamic[name] for name in names},
            input_names=names,
            verbose=False,
        )
    assert program is not None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        program.model_proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def _run(session: onnxruntime.InferenceSession, inputs: Inputs) -> torch.Tensor:
    arrays = {"x_seq": inputs.x_seq, "lengths": inputs.lengths, **inputs.optional}
    # An encoder may not use all that it is given, and the exporter drops what is not used.
    wanted = {node.name for node in session.get_inputs()}
    (vector,) = session.run(None, {name: array.numpy() for name, array in arrays.items() if name in wanted})
    return torch.from_numpy(vector)


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
