"""A sequence of any length has a finite vector of the promised width."""

import torch

from sequence_learning.certificates.certificate import Certificate, Promise
from sequence_learning.certificates.subject import LENGTHS, LONGEST, Subject, apply

_LENGTHS = Promise(
    "lengths",
    "<=",
    0.0,
    "Sequences of no step, one, and as many as the batch is long give finite numbers, d_out of them.",
)


def lengths(subject: Subject) -> Certificate:
    """Count numbers that are not finite, missing or too many: batches of all lengths, of none, and without a step."""
    encoder = subject.build()
    wrong = 0
    for given in (LENGTHS, (LONGEST,), (1, 1), (0, 0)):
        for n_steps in {max(given), LONGEST}:
            with torch.no_grad():
                vector = apply(encoder, subject.inputs(given, n_steps=n_steps))
            n_expected = len(given) * encoder.d_out
            wrong += int((~vector.isfinite()).sum()) + abs(vector.numel() - n_expected)
    return _LENGTHS.given(subject, float(wrong))
