"""Weights survive a file, and another device computes the same. There is no row for CUDA where there is no GPU."""

import torch
from safetensors.torch import load, save

from sequence_learning.certificates.certificate import Certificate, Promise
from sequence_learning.certificates.subject import Inputs, Subject, apply, difference

_ROUND_TRIP = Promise(
    "safetensors", "<=", 0.0, "Saved to safetensors and loaded into a fresh encoder, no number differs in a bit."
)
_CUDA = Promise("cuda", "<=", 1e-4, "A GPU computes what the CPU does (float32 without TF32, |r-e| / (1+|e|)).")


def round_trip(subject: Subject) -> Certificate:
    """Count the numbers that differ after weights went through a file into an encoder that began with others."""
    encoder, fresh, inputs = subject.build(seed=0), subject.build(seed=1), subject.inputs()
    fresh.load_state_dict(load(save(encoder.state_dict())))
    with torch.no_grad():
        different = apply(fresh, inputs) != apply(encoder, inputs)
    return _ROUND_TRIP.given(subject, float(different.sum()))


def cuda(subject: Subject, device: str = "cuda") -> Certificate:
    """Encode the same inputs on both."""
    encoder, inputs = subject.build(), subject.inputs()
    optional = {name: value.to(device) for name, value in inputs.optional.items()}
    there = Inputs(inputs.x_seq.to(device), inputs.lengths.to(device), **optional)
    with torch.no_grad():
        expected = apply(encoder, inputs)
        # In TensorFloat-32, which is cuDNN's default, a convolution keeps three digits.
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            computed = apply(encoder.to(device), there).cpu()
    return _CUDA.given(subject, difference(computed, expected))
