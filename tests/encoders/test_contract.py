"""What every registered encoder promises. A new line in ENCODERS is tested without a change here."""

from functools import cache
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from sequence_learning.encoders import ENCODERS, encoder_class
from sequence_learning.encoders.base import SequenceEncoder
from tests.builders import SMALL

D = 3
MAX = 6
ALL_STATISTICS = ("mean", "max", "sum", "min", "std", "last")

Case = tuple[str, dict[str, Any]]
VARIANTS: dict[str, Case] = {name: (name, SMALL.get(name, {})) for name in ENCODERS} | {
    "all_statistics": ("statistical_aggregation", {"statistics": ALL_STATISTICS}),
    "exponential": ("fixed_positional_weighting", {"decay": "exponential", "half_life": 2.0}),
    "one_position": ("learned_static_positional_weighting", {"n_positions": 1}),
    "wide_kernel": ("cnn", {"channels": 4, "n_layers": 3, "kernel_size": 9}),
    "quantiles": ("statistical_aggregation", {"statistics": ["last"], "quantiles": [0.0, 0.25, 0.5, 1.0]}),
    "signed_positions": ("learned_static_positional_weighting", {"n_positions": 4, "weights": "signed"}),
    "two_heads": ("learned_weighted_average", {"d_hidden": 4, "n_heads": 2}),
    "dilated": ("cnn", {"block": "dilated", "channels": 4, "n_layers": 3, "kernel_size": 3}),
    "inception": ("cnn", {"block": "inception", "channels": 16, "kernel_size": 3}),
    "cnn_attention": ("cnn", {"channels": 4, "kernel_size": 3, "pooling": "attention"}),
    "bidirectional_lstm": ("lstm", {"hidden_size": 4, "bidirectional": True}),
    "bidirectional_gru_attention": ("gru", {"hidden_size": 4, "bidirectional": True, "read_out": "attention"}),
    "gru_mean": ("gru", {"hidden_size": 4, "read_out": "mean"}),
    "gru_max": ("gru", {"hidden_size": 4, "read_out": "max"}),
    "transformer_cls": ("transformer", {**SMALL["transformer"], "read_out": "cls"}),
    "transformer_last": ("transformer", {**SMALL["transformer"], "read_out": "last"}),
    "transformer_learned": ("transformer", {**SMALL["transformer"], "positions": "learned", "n_positions": 4}),
    "transformer_rotary": ("transformer", {**SMALL["transformer"], "positions": "rotary"}),
    "transformer_rotary_cls": ("transformer", {**SMALL["transformer"], "positions": "rotary", "read_out": "cls"}),
    "transformer_orderless": ("transformer", {**SMALL["transformer"], "positions": "none"}),
    "two_layer_lstm": ("lstm", {"hidden_size": 4, "n_layers": 2, "dropout": 0.5}),
}
ORDER_FREE = {
    "tabular_only",
    "statistical_aggregation",
    "learned_weighted_average",
    "one_position",
    "two_heads",
    "transformer_orderless",
}

every_encoder = pytest.mark.parametrize("case", VARIANTS)
differentiable = pytest.mark.parametrize(
    "case", [case for case in VARIANTS if case not in {"tabular_only", "random_convolution"}]
)
with_an_output = pytest.mark.parametrize("case", [case for case in VARIANTS if case != "tabular_only"])
batch_lengths = st.lists(st.integers(0, MAX), min_size=1, max_size=5)
fillers = st.sampled_from([1.0, -1e30, float("nan"), float("inf"), -float("inf")])


def build(case: str, dtype: torch.dtype = torch.float32) -> SequenceEncoder:
    """The encoder with random weights, biases and norms included, in evaluation mode."""
    name, options = VARIANTS[case]
    cls = encoder_class(name)
    encoder = cls(D, cls.config_class.model_validate(options))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in encoder.parameters():
            weight.normal_(0, 0.5, generator=generator)
    return encoder.to(dtype).eval()


evaluated = cache(build)


@cache
def random_steps(n_rows: int, n_steps: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(n_rows, n_steps, D, generator=torch.Generator().manual_seed(1)).to(dtype)


def pad_with(x: Tensor, lengths: Tensor, extra: int, filler: float) -> Tensor:
    longer = torch.cat([x, x.new_zeros(x.shape[0], extra, D)], dim=1)
    padded = torch.arange(longer.shape[1]) >= lengths.unsqueeze(1)
    return longer.masked_fill(padded.unsqueeze(-1), filler)


def assert_same(result: Tensor, expected: Tensor, tolerance: float = 1e-6) -> None:
    torch.testing.assert_close(result, expected, rtol=tolerance, atol=tolerance)


@every_encoder
@pytest.mark.parametrize("length", [0, 1, MAX])
def test_any_length_has_a_finite_vector_of_the_promised_width(case: str, length: int) -> None:
    encoder = build(case)
    vector = encoder(random_steps(2, MAX), torch.tensor([length, MAX]))
    assert vector.shape == (2, encoder.d_out)
    assert vector.dtype == torch.float32
    assert torch.isfinite(vector).all()


@every_encoder
def test_a_batch_without_any_step_is_like_one_with_padding_alone(case: str) -> None:
    encoder, lengths = build(case), torch.tensor([0, 0])
    vector = encoder(random_steps(2, 0), lengths)
    assert vector.shape == (2, encoder.d_out)
    assert torch.isfinite(vector).all()
    assert_same(vector, encoder(random_steps(2, MAX), lengths))


@every_encoder
@given(lengths=batch_lengths, extra=st.integers(0, 8), filler=fillers)
def test_padding_changes_nothing(case: str, lengths: list[int], extra: int, filler: float) -> None:
    encoder, n_steps = evaluated(case), torch.tensor(lengths)
    x = random_steps(len(lengths), max(lengths))
    with torch.no_grad():
        padded = encoder(pad_with(x, n_steps, extra, filler), n_steps)
        assert_same(padded, encoder(x, n_steps))


@every_encoder
@given(lengths=batch_lengths)
def test_a_row_does_not_depend_on_the_other_rows(case: str, lengths: list[int]) -> None:
    encoder, n_steps = evaluated(case), torch.tensor(lengths)
    x = random_steps(len(lengths), MAX)
    alone = [encoder(x[b : b + 1, :n], n_steps[b : b + 1]) for b, n in enumerate(lengths)]
    assert_same(encoder(x, n_steps), torch.cat(alone))


@every_encoder
@given(order=st.permutations(range(MAX)).filter(lambda order: order[-1] != MAX - 1))
def test_order_matters_exactly_where_it_should(case: str, order: list[int]) -> None:
    encoder, lengths = evaluated(case, torch.float64), torch.tensor([MAX])
    x = random_steps(1, MAX, torch.float64)
    change = (encoder(x[:, order], lengths) - encoder(x, lengths)).abs()
    if case in ORDER_FREE:
        assert (change < 1e-12).all()
    else:
        assert change.max() > 1e-4


@with_an_output
def test_gradients_reach_every_parameter_and_stay_finite_beside_empty_rows(case: str) -> None:
    encoder = build(case).train()
    vector = encoder(random_steps(4, MAX), torch.tensor([0, 1, 4, MAX]))
    if any(True for _ in encoder.parameters()):
        (vector * torch.randn(vector.shape, generator=torch.Generator().manual_seed(2))).sum().backward()
    for name, weight in encoder.named_parameters():
        assert weight.grad is not None, name
        assert torch.isfinite(weight.grad).all(), name
        # One position alone has nothing to be weighed against.
        assert weight.grad.any() or case == "one_position", name


@differentiable
@pytest.mark.parametrize("filler", [1.0, float("nan")])
def test_padded_inputs_have_zero_gradient_and_real_ones_do_not(case: str, filler: float) -> None:
    lengths = torch.tensor([0, 2, MAX])
    x = pad_with(random_steps(3, MAX), lengths, 2, filler).requires_grad_()
    vector = build(case)(x, lengths)
    (vector * torch.randn(vector.shape, generator=torch.Generator().manual_seed(2))).sum().backward()
    real = torch.arange(MAX + 2) < lengths.unsqueeze(1)
    assert x.grad is not None
    assert not x.grad[~real].any()
    assert torch.isfinite(x.grad).all()
    assert x.grad[2].any()


@with_an_output
def test_gradients_are_those_of_the_function(case: str) -> None:
    encoder = build(case, torch.float64)
    lengths = torch.tensor([0, 1, 3])
    x = random_steps(3, 4, torch.float64).clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda x_seq: encoder(x_seq, lengths), x)


@every_encoder
def test_inputs_are_left_as_they_were(case: str) -> None:
    x, lengths = random_steps(2, MAX), torch.tensor([2, 0])
    before = x.clone()
    build(case)(x, lengths)
    assert torch.equal(x, before)
    assert lengths.tolist() == [2, 0]
