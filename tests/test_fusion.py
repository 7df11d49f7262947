import pytest
import torch
from torch import Tensor

from sequence_learning.encoders import ENCODERS, encoder_class
from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.steps import Steps
from sequence_learning.fusion import FUSIONS, Concat, Film, Gated, Query, build_fusion
from tests.builders import SMALL

D, Q = 3, 5
every_fusion = pytest.mark.parametrize("name", FUSIONS)
LENGTHS = torch.tensor([4, 0, 2, 6])


def encoder_called(name: str) -> SequenceEncoder:
    torch.manual_seed(0)
    cls = encoder_class(name)
    return cls(D, cls.config_class.model_validate(SMALL.get(name, {}))).eval()


def steps(query: Tensor | None = None) -> Steps:
    x = torch.randn(4, 6, D, generator=torch.Generator().manual_seed(1))
    asked = torch.randn(4, Q, generator=torch.Generator().manual_seed(2)) if query is None else query
    return Steps.of(x, LENGTHS, query=asked)


def randomised(fusion: Concat) -> Concat:
    """With no weight at its starting value, which FiLM's is zero."""
    with torch.no_grad():
        for weight in fusion.parameters():
            weight.normal_(0, 0.5, generator=torch.Generator().manual_seed(3))
    return fusion


@every_fusion
@pytest.mark.parametrize("encoder_name", ENCODERS)
def test_widths_are_those_promised_for_every_encoder(name: str, encoder_name: str) -> None:
    encoder = encoder_called(encoder_name)
    fusion = build_fusion(name, encoder, Q)
    encoded = fusion.encode(encoder, encoder.states(steps()))
    assert encoded.shape == (4, fusion.d_encoding)
    members = torch.randn(4, 2, Q)
    fused = fusion(members, encoded)
    assert fused.shape == (4, 2, fusion.d_out)
    assert torch.isfinite(fused).all()
    torch.testing.assert_close(fusion(members[:, 1], encoded), fused[:, 1])


@every_fusion
def test_an_encoder_that_ignores_the_sequence_leaks_nothing_of_it(name: str) -> None:
    encoder = encoder_called("tabular_only")
    fusion = build_fusion(name, encoder, Q)
    assert type(fusion) is Concat
    assert fusion.encode(encoder, encoder.states(steps())).shape == (4, 0)


@pytest.mark.parametrize("name", ["film", "query"])
def test_what_is_asked_changes_the_encoding(name: str) -> None:
    encoder = encoder_called("gru")
    fusion = randomised(build_fusion(name, encoder, Q))
    one, other = (fusion.encode(encoder, encoder.states(steps(torch.full((4, Q), level)))) for level in (0.0, 1.0))
    changed = (one - other).abs().sum(dim=1) > 1e-4
    assert changed.tolist() == [True, False, True, True]  # the empty row has nothing to answer with


def test_concat_puts_them_side_by_side() -> None:
    fusion = Concat(encoder_called("gru"), 2)
    fused = fusion(torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]), torch.tensor([[5.0]]))
    assert fused.tolist() == [[[1.0, 2.0, 5.0], [3.0, 4.0, 5.0]]]


def test_film_starts_as_concat() -> None:
    encoder = encoder_called("cnn")
    states = encoder.states(steps())
    torch.testing.assert_close(Film(encoder, Q).encode(encoder, states), encoder.pool(states))


def test_film_scales_and_shifts_each_channel_of_the_states() -> None:
    encoder = encoder_called("statistical_aggregation")
    fusion = Film(encoder, Q)
    with torch.no_grad():
        fusion.scale_and_shift.bias.copy_(torch.tensor([0.0, 1.0, -1.0, 0.0, 0.0, 2.0]))
    states = steps()
    mean = fusion.encode(encoder, states)[0, :D]
    plain = states.values[0, :4].mean(dim=0)
    torch.testing.assert_close(mean, plain * torch.tensor([1.0, 2.0, 0.0]) + torch.tensor([0.0, 0.0, 2.0]))


def test_a_gate_can_choose_either_side() -> None:
    fusion = Gated(encoder_called("gru"), Q)
    tabular, encoded = torch.randn(4, Q), torch.randn(4, fusion.d_encoding)
    with torch.no_grad():
        fusion.gate.weight.zero_()
        fusion.gate.bias.fill_(-30.0)
        torch.testing.assert_close(fusion(tabular, encoded), fusion.tabular(tabular).tanh())
        fusion.gate.bias.fill_(30.0)
        torch.testing.assert_close(fusion(tabular, encoded), fusion.sequence(encoded).tanh())


def test_query_stands_beside_the_pooling_and_averages_the_states() -> None:
    encoder = encoder_called("gru")
    fusion = randomised(Query(encoder, Q))
    states = encoder.states(steps())
    encoded = fusion.encode(encoder, states)
    torch.testing.assert_close(encoded[:, : encoder.d_out], encoder.pool(states))
    asked = encoded[0, encoder.d_out :]
    own = states.values[0, :4]
    assert (asked <= own.amax(dim=0) + 1e-6).all()
    assert (asked >= own.amin(dim=0) - 1e-6).all()


@every_fusion
def test_gradients_reach_every_weight(name: str) -> None:
    encoder = encoder_called("gru")
    fusion = randomised(build_fusion(name, encoder, Q))
    fused = fusion(torch.randn(4, 2, Q), fusion.encode(encoder, encoder.states(steps())))
    (fused * torch.randn(fused.shape)).sum().backward()
    assert all(weight.grad is not None and weight.grad.any() for weight in fusion.parameters())
