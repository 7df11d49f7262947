from collections.abc import Iterable

import pytest
import torch
from torch import nn

from sequence_learning.training.flat_parameters import FlatParameters

on_either = pytest.mark.parametrize("move_weights", [True, False])


def make_model() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))


def make_optimizer(model: nn.Module) -> torch.optim.AdamW:
    groups = [
        {"params": [p for p in model.parameters() if (p.ndim > 1) == matrices], "weight_decay": 0.1 * matrices}
        for matrices in (True, False)
    ]
    return torch.optim.AdamW(groups, lr=0.01, fused=True)


def gradients_of(parameters: Iterable[nn.Parameter]) -> list[torch.Tensor]:
    return [p.grad.clone() for p in parameters if p.grad is not None]


@on_either
def test_every_gradient_is_a_part_of_one_tensor_and_is_cleared_with_it(move_weights: bool) -> None:
    model, alone = make_model(), make_model()
    flat = FlatParameters(make_optimizer(model), move_weights=move_weights)
    x = torch.randn(5, 3)
    for _ in range(2):  # nothing is left of the first
        flat.clear()
        model(x).square().sum().backward()
    alone(x).square().sum().backward()
    expected = gradients_of(alone.parameters())
    for ours, theirs in zip(gradients_of(model.parameters()), expected, strict=True):
        torch.testing.assert_close(ours, theirs)
    matrices_first = [expected[i] for i in (0, 2, 1, 3)]
    torch.testing.assert_close(flat.gradients, torch.cat([gradient.flatten() for gradient in matrices_first]))


@on_either
@pytest.mark.parametrize("norm", [0.5, 1e6])
def test_gradients_are_clipped_as_pytorch_clips_them(norm: float, move_weights: bool) -> None:
    model, alone = make_model(), make_model()
    flat = FlatParameters(make_optimizer(model), move_weights=move_weights)
    x = torch.randn(5, 3)
    for one in (model, alone):
        one(x).square().sum().backward()
    flat.clip(norm)
    nn.utils.clip_grad_norm_(alone.parameters(), norm)
    for ours, theirs in zip(gradients_of(model.parameters()), gradients_of(alone.parameters()), strict=True):
        torch.testing.assert_close(ours, theirs)


@on_either
def test_weights_move_and_decay_as_they_would_by_themselves_and_are_read_and_loaded_in_place(
    move_weights: bool,
) -> None:
    model, alone = make_model(), make_model()
    ours, theirs = make_optimizer(model), make_optimizer(alone)
    flat = FlatParameters(ours, move_weights=move_weights)
    assert [len(group["params"]) for group in ours.param_groups] == ([1, 1] if move_weights else [2, 2])
    drawn = {name: weight.clone() for name, weight in model.state_dict().items()}
    for i in range(3):
        if i == 2:  # what is loaded is what moves on
            for one in (model, alone):
                one.load_state_dict(drawn)
        x = torch.randn(5, 3)
        flat.clear()
        theirs.zero_grad()
        for one, step in ((model, flat.step), (alone, theirs.step)):
            one(x).square().sum().backward()
            step()
    for name, weight in model.state_dict().items():
        torch.testing.assert_close(weight, alone.state_dict()[name])
        assert not torch.equal(weight, drawn[name])


@on_either
def test_a_step_is_that_of_the_optimiser_to_the_last_bit(move_weights: bool) -> None:
    models = [make_model(), make_model()]
    optimizers = [make_optimizer(model) for model in models]
    flats = [FlatParameters(optimizer, move_weights=move_weights) for optimizer in optimizers]
    for i in range(20):
        x = torch.randn(5, 3)
        for model, optimizer, flat in zip(models, optimizers, flats, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = 0.01 / (i + 1)
            flat.clear()
            model(x).square().sum().backward()
        flats[0].step()
        optimizers[1].step()
        for ours, theirs in zip(*(model.parameters() for model in models), strict=True):
            assert torch.equal(ours, theirs)
    for ours, theirs in zip(*(optimizer.state.values() for optimizer in optimizers), strict=True):
        assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_groups_may_differ_in_rate_betas_and_eps() -> None:
    models = [make_model(), make_model()]
    optimizers = [make_optimizer(model) for model in models]
    for optimizer in optimizers:
        optimizer.param_groups[1].update({"lr": 0.5, "betas": (0.5, 0.9), "eps": 0.1})
    flat = FlatParameters(optimizers[0], move_weights=True)
    for step in (flat.step, optimizers[1].step) * 3:
        for model in models:
            for parameter in model.parameters():
                parameter.grad = torch.ones_like(parameter) if parameter.grad is None else parameter.grad.fill_(1)
        step()
    for ours, theirs in zip(*(model.parameters() for model in models), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("option", ["amsgrad", "maximize", "fused"])
def test_an_optimiser_with_options_is_refused(option: str) -> None:
    optimizer = make_optimizer(make_model())
    optimizer.param_groups[1][option] = not optimizer.param_groups[1][option]
    with pytest.raises(ValueError, match=r"by a fused AdamW without options, got \{.*\}; build it with \{'fused'"):
        FlatParameters(optimizer, move_weights=False)


@on_either
def test_a_parameter_that_a_step_does_not_use_keeps_its_part_and_a_frozen_one_has_none(move_weights: bool) -> None:
    model = make_model()
    model[0].requires_grad_(False)
    drawn = model[0].weight.clone()
    optimizer = make_optimizer(model)
    flat = FlatParameters(optimizer, move_weights=move_weights)
    for used in (model[2].weight, model[2].bias):
        flat.clear()
        used.square().sum().backward()
        flat.step()
    weight, bias = model[2].weight.grad, model[2].bias.grad
    assert weight is not None
    assert bias is not None
    assert not weight.any()
    assert bias.any()
    assert flat.gradients.numel() == 10
    storages = {part.untyped_storage().data_ptr() for part in (weight, bias)}
    assert storages == {flat.gradients.untyped_storage().data_ptr()}
    assert model[0].weight.grad is None
    assert torch.equal(model[0].weight, drawn)


@on_either
def test_a_group_without_anything_to_train_stays_empty(move_weights: bool) -> None:
    model = nn.Sequential(nn.Linear(3, 2, bias=False))
    optimizer = make_optimizer(model)
    flat = FlatParameters(optimizer, move_weights=move_weights)
    assert [len(group["params"]) for group in optimizer.param_groups] == [1, 0]
    drawn = model[0].weight.clone()
    for _ in range(2):
        before = drawn
        flat.step()
        drawn = model[0].weight.clone()
        assert not torch.equal(before, drawn)
