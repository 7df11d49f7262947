import numpy as np
import pytest
import torch
from torch import nn

from sequence_learning.encoders import transformer
from sequence_learning.encoders.configs.transformer import TransformerConfig
from sequence_learning.encoders.transformer import Transformer, rotate

CONFIG = TransformerConfig(d_model=8, n_heads=2, n_layers=2, d_feedforward=16, dropout=0.0)
LENGTHS = [6, 1, 4]


def torch_stack(encoder: Transformer) -> nn.TransformerEncoder:
    """PyTorch's own encoder with the same weights."""
    layer = nn.TransformerEncoderLayer(8, 2, 16, 0.0, "gelu", batch_first=True, norm_first=True)
    stack = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(8), enable_nested_tensor=False)
    for block, theirs in zip(encoder.blocks, stack.layers, strict=True):
        first_norm, first, _, _, second, _ = block.feedforward
        copy(block.query_key_value.weight, theirs.self_attn.in_proj_weight)
        copy(block.query_key_value.bias, theirs.self_attn.in_proj_bias)
        pairs = (
            (block.attention_out, theirs.self_attn.out_proj),
            (block.attention_norm, theirs.norm1),
            (first_norm, theirs.norm2),
            (first, theirs.linear1),
            (second, theirs.linear2),
        )
        for ours, other in pairs:
            other.load_state_dict(ours.state_dict())
    stack.norm.load_state_dict(encoder.norm.state_dict())
    return stack


def copy(source: torch.Tensor, destination: torch.Tensor) -> None:
    with torch.no_grad():
        destination.copy_(source)


def sines_and_cosines(length: int) -> np.ndarray:
    """Row by row for positions counted back from the newest step, oldest step first."""
    wave = 10_000 ** (np.arange(4) / 4)
    angle = np.arange(length)[::-1, None] / wave
    return np.concatenate([np.sin(angle), np.cos(angle)], axis=1)


@pytest.fixture
def encoder() -> Transformer:
    torch.manual_seed(0)
    encoder = Transformer(3, CONFIG).double()
    for weight in encoder.parameters():
        nn.init.normal_(weight, std=0.3)
    return encoder


def test_vector_is_the_mean_of_torch_transformer_encoder(encoder: Transformer) -> None:
    x = torch.randn(3, 6, 3, dtype=torch.float64)
    steps = encoder.embed(x).detach()
    for row, n in zip(steps, LENGTHS, strict=True):
        row[:n] += torch.from_numpy(sines_and_cosines(n))
    padded = torch.arange(6) >= torch.tensor(LENGTHS).unsqueeze(1)
    states = torch_stack(encoder).double()(steps, src_key_padding_mask=padded)
    expected = torch.stack([row[:n].mean(dim=0) for row, n in zip(states, LENGTHS, strict=True)])
    torch.testing.assert_close(encoder(x, torch.tensor(LENGTHS)), expected)


def test_an_empty_sequence_gives_zeros(encoder: Transformer) -> None:
    assert not encoder(torch.ones(1, 3, 3, dtype=torch.float64), torch.tensor([0])).any()


def test_every_step_looks_at_every_other(encoder: Transformer) -> None:
    x = torch.randn(1, 5, 3, dtype=torch.float64)
    steps = encoder.embed(x).detach().requires_grad_()
    states = encoder.blocks[0](steps, torch.ones(1, 5, dtype=torch.bool), torch.arange(5).flip(0).unsqueeze(0))
    for t in range(5):
        (gradient,) = torch.autograd.grad(states[0, t].square().sum(), steps, retain_graph=True)
        assert gradient.any(dim=2).all()


def test_dropout_acts_while_training_alone() -> None:
    torch.manual_seed(0)
    encoder, x, lengths = Transformer(3, CONFIG.model_copy(update={"dropout": 0.5})), torch.ones(1, 4, 3), [4]
    assert not torch.equal(encoder(x, torch.tensor(lengths)), encoder(x, torch.tensor(lengths)))
    encoder.eval()
    assert torch.equal(encoder(x, torch.tensor(lengths)), encoder(x, torch.tensor(lengths)))


def test_rotary_attention_sees_distances_and_not_places() -> None:
    torch.manual_seed(0)
    query, key = torch.randn(1, 1, 1, 8, dtype=torch.float64), torch.randn(1, 1, 1, 8, dtype=torch.float64)

    def score(of_query: int, of_key: int) -> torch.Tensor:
        return (rotate(query, torch.tensor([[of_query]])) * rotate(key, torch.tensor([[of_key]]))).sum()

    torch.testing.assert_close(score(2, 7), score(12, 17))
    assert abs(score(2, 7) - score(2, 8)) > 1e-3
    torch.testing.assert_close(rotate(query, torch.tensor([[0]])), query)


def test_learned_positions_beyond_the_last_are_shared() -> None:
    torch.manual_seed(0)
    config = TransformerConfig(d_model=8, n_heads=2, positions="learned", n_positions=3, dropout=0.0)
    encoder = Transformer(2, config).eval()
    x = torch.randn(1, 6, 2)
    swapped = x[:, [1, 0, 2, 3, 4, 5]]
    lengths = torch.tensor([6])
    torch.testing.assert_close(encoder(swapped, lengths), encoder(x, lengths))
    assert not torch.allclose(encoder(x[:, [0, 1, 2, 3, 5, 4]], lengths), encoder(x, lengths), atol=1e-4)


def test_cls_step_of_an_empty_sequence_is_a_constant() -> None:
    encoder = Transformer(2, TransformerConfig(d_model=8, n_heads=2, read_out="cls")).eval()
    lengths = torch.tensor([0])
    first, second = (encoder(torch.randn(1, n, 2), lengths) for n in (1, 5))
    torch.testing.assert_close(first, second)


def test_attention_in_16_bits_is_that_of_torch_with_its_gradient() -> None:
    generator = torch.Generator().manual_seed(0)
    shape, attended = (3, 2, 5, 4), torch.arange(5) < torch.tensor([[5], [1], [3]])
    results = []
    for attend in (transformer._attention_in_16_bits, nn.functional.scaled_dot_product_attention):
        parts = [
            torch.randn(shape, generator=generator.manual_seed(i), dtype=torch.float64, requires_grad=True)
            for i in range(3)
        ]
        mixed = attend(*parts, attn_mask=attended[:, None, None])
        mixed.sin().sum().backward()
        results.append([mixed, *(part.grad for part in parts)])
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize(("most", "layers"), [(3 * 2 * 6 * 6, CONFIG.n_layers), (3 * 2 * 6 * 6 - 1, 0)])
def test_in_16_bits_a_cpu_trains_with_it_unless_the_weights_are_too_many(
    most: int, layers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[bool] = []
    attention = transformer._attention_in_16_bits
    monkeypatch.setattr(transformer, "_attention_in_16_bits", lambda *a, **k: used.append(True) or attention(*a, **k))
    monkeypatch.setattr(transformer, "_MOST_WEIGHTS", most)
    torch.manual_seed(0)
    encoder, x, lengths = Transformer(3, CONFIG), torch.randn(3, 6, 3), torch.tensor(LENGTHS)
    exact = encoder(x, lengths)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        encoder(x, lengths)
    assert not used
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = encoder(x, lengths)
    torch.testing.assert_close(rounded.float(), exact, atol=0.1, rtol=0.1)
    assert len(used) == layers


def test_in_16_bits_places_far_back_are_told_apart_as_in_32() -> None:
    place = torch.tensor([[1, 300, 301]])
    exact, rounded = (transformer.sinusoidal_embedding(place, 8, dtype) for dtype in (torch.float32, torch.bfloat16))
    assert rounded.dtype == torch.bfloat16
    torch.testing.assert_close(rounded.float(), exact, atol=0.005, rtol=0)
    heads = torch.randn(1, 2, 3, 8, generator=torch.Generator().manual_seed(0))
    turned = rotate(heads.bfloat16(), place)
    assert turned.dtype == torch.bfloat16
    torch.testing.assert_close(turned.float(), rotate(heads, place), atol=0.03, rtol=0)
