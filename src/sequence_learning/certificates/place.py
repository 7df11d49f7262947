"""Positions count back from the newest step: an older prefix does not shift the meaning of the newest steps.

Encoders that pool the steps as they are (the weightings) are asked for the weights of the newest steps relative to
the newest, by their Jacobian, once with and once without a prefix. Those that have states of their own (the
Transformer, the convolutions) are asked for the states of the newest steps, with a prefix that counts in ``lengths``
but is hidden: what remains of it is the places it takes. There is no row for encoders that read no position
(:attr:`~sequence_learning.encoders.base.EncoderConfig.reads_positions`): the RNN and the state space apply the same
recurrence at every step, statistics and attention look at content, and the weights of the linear decay depend on the
length by definition.
"""

import torch
from torch import Tensor

from sequence_learning.certificates.certificate import Certificate, Promise
from sequence_learning.certificates.subject import Inputs, Subject, apply, difference
from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.steps import Steps

_PLACE = Promise(
    "place", "<=", 1e-10, "An older prefix does not shift the meaning of the newest steps (float64, |r-e| / (1+|e|))."
)
_PREFIX, _NEWEST = 5, 4


def place(subject: Subject) -> Certificate:
    """Compare the newest steps of a long sequence with the same steps alone."""
    encoder = subject.build(torch.float64)
    n_steps = _PREFIX + _NEWEST
    long = subject.inputs((n_steps,), n_steps=n_steps, dtype=torch.float64)
    short = Inputs(
        long.x_seq[:, _PREFIX:], torch.tensor([_NEWEST]), None if long.ages is None else long.ages[:, _PREFIX:]
    )
    pools_steps_as_they_are = type(encoder).states is SequenceEncoder.states
    of_newest = _weights if pools_steps_as_they_are else _states
    return _PLACE.given(subject, difference(of_newest(encoder, long), of_newest(encoder, short)))


def _weights(encoder: SequenceEncoder, inputs: Inputs) -> Tensor:
    """``(d_out, newest, D)``: how each number of the vector moves with the newest steps, relative to the newest.

    A number moves with its own channel alone; with the others, 0/0 counts as 0.
    """
    jacobian = torch.autograd.functional.jacobian(  # type: ignore[no-untyped-call]
        lambda x_seq: apply(encoder, Inputs(x_seq, inputs.lengths, inputs.ages))[0], inputs.x_seq
    )[:, 0, -_NEWEST:]
    newest = jacobian[:, -1:]
    return torch.where(newest == 0, jacobian, jacobian / newest)


@torch.no_grad()
def _states(encoder: SequenceEncoder, inputs: Inputs) -> Tensor:
    """``(newest, d_step)``: the states of the newest steps, with those before them hidden."""
    steps = Steps.of(inputs.x_seq, inputs.lengths)
    visible = torch.arange(steps.mask.shape[1]) >= steps.mask.shape[1] - _NEWEST
    hidden = Steps(torch.where(visible[:, None], steps.values, 0.0), steps.mask & visible, steps.lengths)
    return encoder.states(hidden).values[0, -_NEWEST:]
