from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from sequence_learning.certificates.subject import Subject
from sequence_learning.certificates.variants import VARIANTS
from sequence_learning.encoders import pooling
from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.fixed_positional_weighting import FixedPositionalWeighting
from sequence_learning.encoders.learned_decay import LearnedDecay
from sequence_learning.encoders.ragged_steps import RaggedSteps
from sequence_learning.encoders.statistical_aggregation import StatisticalAggregation
from sequence_learning.encoders.steps import Steps

SUBJECTS = {variant: Subject.of(encoder, variant, options) for variant, (encoder, options) in VARIANTS.items()}
RAGGED = [variant for variant, subject in SUBJECTS.items() if subject.build().reads_ragged]
LENGTHS = st.lists(st.integers(0, 6), min_size=1, max_size=5)


def both(lengths: list[int]) -> tuple[Steps, RaggedSteps]:
    """The same steps, padded and end to end."""
    generator, n = torch.Generator().manual_seed(sum(lengths)), torch.tensor(lengths)
    x, ages, query = (
        torch.randn(*shape, generator=generator, dtype=torch.float64)
        for shape in ((len(lengths), max(lengths), 3), (len(lengths), max(lengths)), (len(lengths), 2))
    )
    padded = Steps.of(x, n, ages.abs(), query)
    return padded, end_to_end(padded)


def end_to_end(padded: Steps) -> RaggedSteps:
    ages = None if padded.ages is None else real(padded, padded.ages)
    return RaggedSteps.of(real(padded, padded.values), padded.lengths, ages, padded.query)


def real(padded: Steps, values: Tensor) -> Tensor:
    """The real ones, row after row."""
    return values.expand(*padded.mask.shape, *values.shape[2:])[padded.mask]


@given(lengths=LENGTHS)
def test_every_operation_does_as_on_padded_steps(lengths: list[int]) -> None:
    padded, ragged = both(lengths)
    for unit in ("steps", "time"):
        torch.testing.assert_close(ragged.distances(unit), real(padded, padded.distances(unit)))
    assert torch.equal(ragged.positions, real(padded, padded.positions))
    assert padded.query is not None
    assert torch.equal(ragged.beside(padded.query), real(padded, padded.beside(padded.query)))
    for theirs, mine in (
        (padded.sums, ragged.sums),
        (padded.total(padded.distances("steps")), ragged.total(ragged.distances("steps"))),
        (padded.largest(padded.values), ragged.largest(ragged.values)),
        *(
            (padded.largest(padded.values.repeat(1, 1, 6)[..., :n]), ragged.largest(ragged.values.repeat(1, 6)[:, :n]))
            for n in (1, 15, 16, 17)
        ),
        (padded.newest(padded.values), ragged.newest(ragged.values)),
        (real(padded, padded.softmax(1e3 * padded.values)), ragged.softmax(1e3 * ragged.values)),
        (
            padded.averages(1e3 * padded.values[..., :2], padded.values),
            ragged.averages(1e3 * ragged.values[..., :2], ragged.values),
        ),
        (
            padded.weighted_sums(padded.values[..., :2], padded.values),
            ragged.weighted_sums(ragged.values[..., :2], ragged.values),
        ),
        (real(padded, padded.with_values(2 * padded.values).values), ragged.with_values(2 * ragged.values).values),
    ):
        torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("width", [0, 1, 8, 33])
@given(lengths=LENGTHS)
def test_sums_are_those_of_padded_steps_in_the_precision_of_training(width: int, lengths: list[int]) -> None:
    generator, n = torch.Generator().manual_seed(sum(lengths)), torch.tensor(lengths)
    x = torch.randn(len(lengths), max(lengths), width, generator=generator)
    results = []
    for layout in (lambda steps: steps, end_to_end):
        values = x.clone().requires_grad_()
        sums = layout(Steps.of(values, n)).sums
        (sums.sin().sum() + values.sum()).backward()
        results.append((sums, values.grad))
    torch.testing.assert_close(*results)


@pytest.mark.parametrize("width", [0, 1, 8, 33])
@pytest.mark.parametrize("n_heads", [1, 3])
@given(lengths=LENGTHS)
def test_so_are_averages(n_heads: int, width: int, lengths: list[int]) -> None:
    generator, n = torch.Generator().manual_seed(sum(lengths)), torch.tensor(lengths)
    drawn = torch.randn(len(lengths), max(lengths), n_heads + width, generator=generator)
    results = []
    for layout in (lambda steps: steps, end_to_end):
        leaf = drawn.clone().requires_grad_()
        steps = layout(Steps.of(leaf, n))
        averages = steps.averages(steps.values[..., :n_heads], steps.values[..., n_heads:])
        (averages.sin().sum() + leaf.sum()).backward()
        results.append((averages, leaf.grad))
    torch.testing.assert_close(*results)


@pytest.mark.parametrize("n_heads", [1, 3])
@given(lengths=LENGTHS)
def test_the_gradient_of_averages_is_that_of_small_differences(n_heads: int, lengths: list[int]) -> None:
    _, ragged = both(lengths)
    scores = ragged.values.flip(1)[:, :n_heads].clone().requires_grad_()
    values = ragged.values.clone().requires_grad_()
    assert torch.autograd.gradcheck(ragged.averages, (scores, values))


def test_a_gradient_of_that_gradient_is_refused() -> None:
    scores = torch.zeros(2, 1, requires_grad=True)
    averages = RaggedSteps.of(torch.ones(2, 3), torch.tensor([2])).averages(scores, torch.ones(2, 3))
    with pytest.raises(RuntimeError, match="first order only"):
        torch.autograd.grad(averages.sum(), scores, create_graph=True)


def test_scores_may_be_in_16_bits() -> None:
    ragged, scores = RaggedSteps.of(torch.eye(2), torch.tensor([2])), torch.zeros(2, 1)
    assert torch.equal(ragged.averages(scores.bfloat16(), ragged.values), ragged.averages(scores, ragged.values))


def test_the_gradient_of_several_largest_values_is_shared_among_them() -> None:
    values = torch.tensor([[2.0], [2.0], [1.0], [3.0]], requires_grad=True)
    ragged = RaggedSteps.of(values, torch.tensor([3, 0, 1]))
    (torch.tensor([-1.0, 1.0, 1.0]) * pooling.largest(ragged).squeeze(1)).sum().backward()
    assert values.grad is not None
    assert values.grad.squeeze(1).tolist() == [-0.5, -0.5, 0.0, 1.0]


@given(lengths=LENGTHS)
def test_they_are_padded_as_they_were(lengths: list[int]) -> None:
    padded, ragged = both(lengths)
    if not any(lengths):
        padded = Steps.of(torch.empty(len(lengths), 0, 3, dtype=torch.float64), padded.lengths, ages=padded.ages)
        padded = replace(padded, query=ragged.query)
    again = ragged.padded()
    assert type(again) is Steps
    assert vars(again).keys() >= {"values", "mask", "lengths", "ages", "query"}
    for name in ("values", "mask", "lengths", "ages", "query"):
        assert torch.equal(getattr(again, name), getattr(padded, name))


def test_without_ages_distances_in_time_are_refused() -> None:
    with pytest.raises(ValueError, match="need the age of every step, but none is given"):
        replace(both([2])[1], ages=None).distances("time")


@pytest.mark.parametrize("variant", RAGGED)
def test_an_encoder_gives_the_same_vectors_and_gradients(variant: str) -> None:
    inputs = SUBJECTS[variant].inputs(dtype=torch.float64)
    results = []
    for layout in (lambda steps: steps, end_to_end):
        encoder = SUBJECTS[variant].build(torch.float64)
        x = inputs.x_seq.clone().requires_grad_()
        steps = layout(Steps.of(x, inputs.lengths, inputs.ages, inputs.query))
        vectors = encoder.pool(encoder.states(steps))
        (vectors.sin() if vectors.numel() else x).sum().backward()
        gradients = {name: parameter.grad for name, parameter in encoder.named_parameters()}
        results.append({"vectors": vectors, "x": x.grad} | gradients)
    padded, ragged = results
    for name, tensor in padded.items():
        torch.testing.assert_close(ragged[name], tensor, msg=lambda said, name=name: f"{name}: {said}")


def test_a_row_is_not_told_what_stands_beside_it() -> None:
    values = torch.tensor([[torch.inf], [1.0]])
    ragged = RaggedSteps.of(values, torch.tensor([1, 0, 1, 0]))
    for summary in (ragged.newest(values), pooling.largest(ragged)):
        assert summary.squeeze(1).tolist() == [torch.inf, 0.0, 1.0, 0.0]


@pytest.mark.parametrize("other", [torch.inf, -torch.inf, torch.nan])
def test_no_average_is_told_what_stands_beside_its_row(other: float) -> None:
    scores, values = (torch.tensor([[other], [1.0], [2.0]], requires_grad=True) for _ in range(2))
    averages = RaggedSteps.of(values, torch.tensor([1, 0, 2])).averages(scores, values)
    averages.sum().backward()
    assert averages.flatten()[1] == 0
    for told in (averages.flatten()[2:], *(leaf.grad[1:] for leaf in (scores, values) if leaf.grad is not None)):
        assert told.isfinite().all()


@pytest.mark.parametrize("variant", SUBJECTS)
def test_those_who_read_them_only_pool_and_sort_nothing(variant: str) -> None:
    encoder = SUBJECTS[variant].build()
    pools = type(encoder).states is SequenceEncoder.states
    assert encoder.reads_ragged == (pools and not VARIANTS[variant][1].get("quantiles"))


def test_what_a_child_pools_by_itself_is_padded_unless_it_says_otherwise() -> None:
    class Newest(StatisticalAggregation):
        def pool(self, steps: Steps) -> Tensor:
            return steps.values[:, -1]

    class Sum(LearnedDecay):
        reads_ragged = True

        def pool(self, steps: Steps) -> Tensor:
            return steps.sums

    class Same(LearnedDecay):
        pass

    class Oldest:
        def pool(self, steps: Steps) -> Tensor:
            return steps.values[:, 0]

    class Mixed(Oldest, LearnedDecay):  # type: ignore[misc]
        pass

    kinds: list[type[SequenceEncoder]] = [Newest, Mixed, Sum, Same, LearnedDecay]
    assert [kind(2).reads_ragged for kind in kinds] == [False, False, True, True, True]


def test_a_child_is_not_fixed_unless_it_says_so_itself() -> None:
    class Noisy(FixedPositionalWeighting):
        def weights(self, steps: Steps) -> Tensor:
            return super().weights(steps) * torch.rand(())

    class Newest(StatisticalAggregation):
        fixed = True

        def pool(self, steps: Steps) -> Tensor:
            return steps.values[:, -1]

    kinds: list[type[SequenceEncoder]] = [Noisy, Newest, StatisticalAggregation]
    assert [kind(2).fixed for kind in kinds] == [False, True, True]
