"""How much each step counts, as the encoders that weigh steps say it themselves."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from sequence_learning.certificates.invariance import FILLERS
from sequence_learning.certificates.subject import Inputs, Subject
from sequence_learning.certificates.variants import VARIANTS
from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.learned_decay import LearnedDecay
from sequence_learning.encoders.steps import Steps
from sequence_learning.encoders.transformer import Transformer

SUBJECTS = {variant: Subject.of(encoder, variant, options) for variant, (encoder, options) in VARIANTS.items()}
SIGNED = ["one_position", "signed_positions"]
#: With a step of their own, which is looked at too.
CLS = ["transformer_cls", "transformer_rotary_cls"]
POSITIONAL = [
    "fixed_positional_weighting", "exponential", "exponential_in_time", "learned_static_positional_weighting",
    "learned_decay", "one_decay", "learned_decay_in_time",
]  # fmt: skip
ATTENTION = [
    "learned_weighted_average", "two_heads", "with_a_query", "cnn_attention", "lstm_attention",
    "bidirectional_gru_attention", "state_space_attention",
]  # fmt: skip
TRANSFORMERS = [variant for variant in VARIANTS if variant.startswith("transformer")]
LENGTHS = torch.tensor([0, 1, 4, 6])


def steps_of(inputs: Inputs) -> Steps:
    return Steps.of(inputs.x_seq, inputs.lengths, inputs.ages, inputs.query)


def weights_of(encoder: SequenceEncoder, steps: Steps) -> Tensor | None:
    with torch.no_grad():
        return encoder.step_weights(steps, encoder.states(steps))


def double(variant: str) -> tuple[SequenceEncoder, Inputs]:
    return SUBJECTS[variant].build(torch.float64), SUBJECTS[variant].inputs(dtype=torch.float64)


def test_encoders_that_weigh_steps_say_how_and_no_others() -> None:
    said = [variant for variant in VARIANTS if weights_of((pair := double(variant))[0], steps_of(pair[1])) is not None]
    assert sorted(said) == sorted(POSITIONAL + SIGNED + ATTENTION + TRANSFORMERS)


@pytest.mark.parametrize("variant", POSITIONAL + SIGNED + ATTENTION + TRANSFORMERS)
def test_padded_steps_count_nothing_and_real_ones_together_one(variant: str) -> None:
    encoder, inputs = double(variant)
    weights = weights_of(encoder, steps_of(inputs))
    assert weights is not None
    assert weights.shape[:2] == (4, 6)
    assert not weights[~inputs.real].any()
    total = weights.sum(dim=1)[1:]
    if variant in CLS:
        assert (total < 1).all()
        assert (weights[inputs.real] > 0).all()
    elif variant not in SIGNED:
        torch.testing.assert_close(total, torch.ones_like(total))


@pytest.mark.parametrize("variant", POSITIONAL + SIGNED + ATTENTION + TRANSFORMERS)
@pytest.mark.parametrize("filler", FILLERS)
def test_padding_moves_no_weight(variant: str, filler: float) -> None:
    encoder, inputs = double(variant)
    weights, padded = (weights_of(encoder, steps_of(given)) for given in (inputs, inputs.padded_with(filler, 3)))
    assert weights is not None
    assert padded is not None
    torch.testing.assert_close(padded, nn.functional.pad(weights, (0, 0, 0, 3)))


@pytest.mark.parametrize("variant", POSITIONAL + SIGNED + ATTENTION)
def test_the_vector_is_made_with_these_weights(variant: str) -> None:
    encoder, inputs = double(variant)
    steps = steps_of(inputs)
    states = encoder.states(steps).values.detach()
    weights = weights_of(encoder, steps)
    assert weights is not None
    if variant in ATTENTION:  # every head weighs all channels
        expected = torch.einsum("blh,bld->bhd", weights, states).flatten(1)
    else:  # an average of one channel each
        expected = (weights * states.repeat_interleave(max(1, weights.shape[2] // 3), dim=2)).sum(dim=1)
    torch.testing.assert_close(encoder.pool(encoder.states(steps)).detach(), expected)


@pytest.mark.parametrize("variant", ["transformer", "transformer_last", "transformer_cls"])
def test_attention_is_that_of_torch_from_the_states_that_are_read_out(variant: str) -> None:
    encoder, inputs = double(variant)
    assert isinstance(encoder, Transformer)
    block: Any = encoder.blocks[-1]
    entered: list[Tensor] = []
    block.attention_norm.register_forward_hook(lambda module, arguments, result: entered.append(result.detach()))
    encoder.states(steps_of(inputs))
    theirs = nn.MultiheadAttention(8, 2, batch_first=True).double()
    with torch.no_grad():
        theirs.in_proj_weight.copy_(block.query_key_value.weight)
        theirs.in_proj_bias.copy_(block.query_key_value.bias)
    own = variant == "transformer_cls"
    padded = torch.arange(6 + own) >= (LENGTHS + own)[1:].unsqueeze(1)
    x = entered[0][1:]
    attention = theirs(x, x, x, padded, average_attn_weights=False)[1].detach()  # (B, heads, query, key)
    read: dict[str, Any] = {
        "transformer": lambda row, n: row[:, :n].mean(dim=1),
        "transformer_last": lambda row, n: row[:, n - 1],
        "transformer_cls": lambda row, n: row[:, 0, 1:],
    }
    expected = [read[variant](row, int(n)).T for row, n in zip(attention, LENGTHS[1:], strict=True)]
    weights = weights_of(encoder, steps_of(inputs))
    assert weights is not None
    torch.testing.assert_close(weights[1:], torch.stack(expected))


@pytest.mark.parametrize("variant", TRANSFORMERS)
def test_attention_is_what_the_block_mixes_with(variant: str) -> None:
    block: Any = double(variant)[0].blocks[-1]
    x, position = torch.randn(1, 5, 8, dtype=torch.float64), torch.arange(5).flip(0).unsqueeze(0)
    attended = torch.tensor([[True, True, True, False, True]])
    _, _, value = block._heads(block.attention_norm(x), position)
    mixed = (block.attention(x, attended, position) @ value).transpose(1, 2).flatten(2)
    torch.testing.assert_close(block.attention_out(mixed), block._attend(block.attention_norm(x), attended, position))


def test_half_lives_are_those_that_weights_halve_in() -> None:
    encoder, inputs = double("learned_decay")
    assert isinstance(encoder, LearnedDecay)
    weights = weights_of(encoder, steps_of(inputs))
    assert weights is not None
    newest, before = weights[3, 5], weights[3, 4]
    torch.testing.assert_close(before / newest, 0.5 ** (1 / encoder.half_lives.detach().flatten()))
