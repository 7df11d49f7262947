"""What a vector may depend on: neither padding nor the rest of its batch, the order where it should, every input."""

from dataclasses import replace

import torch

from sequence_learning.certificates.certificate import Certificate, Promise
from sequence_learning.certificates.subject import LONGEST, Subject, apply, difference, largest, worst

FILLERS = (1.0, -1e30, float("nan"), float("inf"), -float("inf"))

_PADDING = Promise(
    "padding", "<=", 1e-6, "Padded steps, however many and whatever stands on them, change no number (|r-e| / (1+|e|))."
)
_BATCH = Promise(
    "batch", "<=", 1e-6, "A row has the same vector alone, in any batch and in any order of it (|r-e| / (1+|e|))."
)
_ORDER_FREE = Promise("order", "<=", 1e-12, "Events in another order, each with its age, change nothing (float64).")
_ORDERED = Promise("order", ">=", 1e-4, "Events in another order change the vector, however they are exchanged.")
_INPUTS = Promise(
    "inputs", ">=", 1e-4, "Every input that the encoder asks for (steps, ages, query) changes the vector."
)


def padding(subject: Subject) -> Certificate:
    """Add padded steps of any content, and compare with the row without."""
    encoder, inputs = subject.build(), subject.inputs()
    with torch.no_grad():
        expected = apply(encoder, inputs.padded_with(0.0))
        measured = [
            difference(apply(encoder, inputs.padded_with(filler, extra)), expected)
            for extra in (0, 1, 9)
            for filler in FILLERS
        ]
    return _PADDING.given(subject, worst(measured))


def batch(subject: Subject) -> Certificate:
    """Encode rows alone without any padding, beside other rows, and from last to first."""
    encoder, inputs = subject.build(), subject.inputs()
    n_rows = len(inputs.lengths)
    reverse = torch.arange(n_rows).flip(0)
    with torch.no_grad():
        together = apply(encoder, inputs)
        alone = [
            apply(encoder, inputs.rows(slice(b, b + 1)).steps(slice(int(inputs.lengths[b])))) for b in range(n_rows)
        ]
        fewer = apply(encoder, inputs.rows(slice(1, 3)))
        reversed_rows = apply(encoder, inputs.rows(reverse))
    return _BATCH.given(
        subject,
        worst(
            [
                difference(torch.cat(alone), together),
                difference(fewer, together[1:3]),
                difference(reversed_rows[reverse], together),
            ]
        ),
    )


def order(subject: Subject) -> Certificate:
    """Exchange events, in float64.

    Where an encoder is told the ages, each event keeps its own, so that encoders which weigh by time are order-free:
    the place of an event in the array says nothing that its age does not. That they do read the ages is the
    certificate ``inputs``. The newest event is always among those exchanged: some encoders give all old ones the same
    weight. Measured is the largest number of the order-free, else the smallest, over the ways to exchange.
    """
    encoder, inputs = subject.build(torch.float64), subject.inputs((LONGEST,), dtype=torch.float64)
    with torch.no_grad():
        expected = apply(encoder, inputs)
        changes = [largest((apply(encoder, inputs.steps(way)) - expected).abs()) for way in _exchanges()]
    if subject.config.order_free:
        return _ORDER_FREE.given(subject, worst(changes))
    return _ORDERED.given(subject, -worst([-change for change in changes]))


def inputs(subject: Subject) -> Certificate:
    """Change one input after the other; measured is what the least of them changes."""
    encoder, given = subject.build(torch.float64), subject.inputs((LONGEST,), dtype=torch.float64)
    others = {"x_seq": given.x_seq.flip(-1)} | {name: value.flip(-1) for name, value in given.optional.items()}
    with torch.no_grad():
        expected = apply(encoder, given)
        changes = [
            largest((apply(encoder, replace(given, **{name: other})) - expected).abs())
            for name, other in others.items()
        ]
    return _INPUTS.given(subject, -worst([-change for change in changes]))


def _exchanges() -> list[torch.Tensor]:
    """Backwards, turned by one, the newest two exchanged, and some at random that move the newest."""
    steps = torch.arange(LONGEST)
    newest_two = torch.cat([steps[:-2], steps[-2:].flip(0)])
    generator = torch.Generator().manual_seed(2)
    drawn = [torch.randperm(LONGEST, generator=generator) for _ in range(8)]
    return [steps.flip(0), steps.roll(1), newest_two, *(way for way in drawn if way[-1] != LONGEST - 1)]
