from collections.abc import Iterable

import pytest
import torch
from torch import nn

from sequence_learning.training.gradients import Gradients


def make_model() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))


def gradients_of(parameters: Iterable[nn.Parameter]) -> list[torch.Tensor]:
    return [p.grad.clone() for p in parameters if p.grad is not None]


def test_every_gradient_is_a_part_of_one_tensor_and_is_cleared_with_it() -> None:
    model, alone = make_model(), make_model()
    gradients = Gradients(model.parameters())
    x = torch.randn(5, 3)
    for _ in range(2):  # nothing is left of the first
        gradients.clear()
        model(x).square().sum().backward()
    alone(x).square().sum().backward()
    expected = gradients_of(alone.parameters())
    for ours, theirs in zip(gradients_of(model.parameters()), expected, strict=True):
        torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(gradients.values, torch.cat([gradient.flatten() for gradient in expected]))


@pytest.mark.parametrize("norm", [0.5, 1e6])
def test_gradients_are_clipped_as_pytorch_clips_them(norm: float) -> None:
    model, alone = make_model(), make_model()
    gradients = Gradients(model.parameters())
    x = torch.randn(5, 3)
    for one in (model, alone):
        one(x).square().sum().backward()
    gradients.clip(norm)
    nn.utils.clip_grad_norm_(alone.parameters(), norm)
    for ours, theirs in zip(gradients_of(model.parameters()), gradients_of(alone.parameters()), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_a_parameter_that_a_step_does_not_use_keeps_its_part_and_a_frozen_one_has_none() -> None:
    model = make_model()
    model[0].requires_grad_(False)
    gradients = Gradients(model.parameters())
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], fused=True)
    for used in (model[2].weight, model[2].bias):
        gradients.clear()
        used.square().sum().backward()
        optimizer.step()
    weight, bias = model[2].weight.grad, model[2].bias.grad
    assert weight is not None
    assert bias is not None
    assert not weight.any()
    assert bias.any()
    assert gradients.values.numel() == 10
    assert {part.untyped_storage().data_ptr() for part in (weight, bias)} == {
        gradients.values.untyped_storage().data_ptr()
    }
    assert model[0].weight.grad is None
