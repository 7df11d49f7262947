import os
from pathlib import Path

import pytest
import torch
from torch import Tensor, multiprocessing, nn

from sequence_learning.training.norm_over_ranks import NormOverRanks

ROWS = torch.randn(7, 3, generator=torch.Generator().manual_seed(0)) * 5 + 100


def _norm() -> nn.BatchNorm1d:
    torch.manual_seed(1)
    norm = nn.BatchNorm1d(3)
    nn.init.normal_(norm.weight)
    return norm


def _losses(output: Tensor) -> Tensor:
    return (output.sin() * torch.arange(3)).sum()


def _one_of_two(rank: int, folder: str) -> None:
    torch.distributed.init_process_group("gloo", f"file://{folder}/group", rank=rank, world_size=2)
    norm = NormOverRanks.of(_norm())
    own = (ROWS[:5] if rank == 0 else ROWS[5:]).clone().requires_grad_()
    output = norm(own)
    _losses(output).backward()
    torch.save([output.detach(), own.grad, norm.running_mean, norm.running_var], Path(folder, str(rank)))
    torch.distributed.destroy_process_group()
    os._exit(0)  # an orderly end aborts now and then: PyTorch has threads that nobody waits for


def test_two_processes_standardise_as_one_does_with_its_gradient(tmp_path: Path) -> None:
    norm, rows = _norm(), ROWS.clone().requires_grad_()
    output = norm(rows)
    _losses(output).backward()
    assert rows.grad is not None
    multiprocessing.spawn(_one_of_two, (str(tmp_path),), nprocs=2)
    first, second = (torch.load(tmp_path / str(rank)) for rank in (0, 1))
    torch.testing.assert_close(torch.cat([first[0], second[0]]), output.detach(), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(torch.cat([first[1], second[1]]), rows.grad, atol=1e-4, rtol=1e-4)
    for own in (first, second):
        torch.testing.assert_close(own[2:], [norm.running_mean, norm.running_var])


def test_outside_of_training_it_is_the_usual_one() -> None:
    norm = _norm()
    assert NormOverRanks.of(norm).eval()(ROWS).equal(norm.eval()(ROWS))


@pytest.mark.parametrize("name", ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"])
def test_it_keeps_weights_and_statistics_under_the_same_names(name: str) -> None:
    norm = _norm()
    norm(ROWS)
    assert NormOverRanks.of(norm).state_dict()[name].equal(norm.state_dict()[name])
