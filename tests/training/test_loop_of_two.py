"""Two processes that train together, without a cluster."""

import json
import os
from pathlib import Path

import pytest
import torch
from torch import multiprocessing

from sequence_learning.parameters import ModelParameters
from sequence_learning.training.fit import FitResult, fit
from tests.builders import make_config, make_model_input, make_training

NUMBERS = make_model_input(n_rows=100, event_categories=())
#: What is encoded once, steps end to end, buckets, and 16 bits, in which shares are rounded by themselves.
CASES = {
    ("statistical_aggregation", "32"): 1e-4,
    ("learned_decay", "32"): 1e-4,
    ("gru", "32"): 1e-4,
    ("gru", "bf16"): 0.02,
}


def _fit(encoder: str, precision: str) -> FitResult:
    # Without dropout, whose random numbers would be others.
    config = make_config(NUMBERS, encoder).model_copy(update={"model": ModelParameters(d_tabular=8, dropout=0.0)})
    return fit(NUMBERS, config, make_training(precision=precision))


def _losses(result: FitResult) -> list[float]:
    return [record[loss] for record in result.history for loss in ("train_loss", "val_loss")]


def _one_of_two(rank: int, folder: str) -> None:
    """As Ray Train starts it."""
    sizes = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "GROUP_RANK": "0", "MASTER_ADDR": "127.0.0.1"}
    os.environ.update(sizes | {"RANK": str(rank), "LOCAL_RANK": str(rank), "MASTER_PORT": "0"})
    torch.distributed.init_process_group("gloo", f"file://{folder}/group", rank=rank, world_size=2)
    results = [_fit(*case) for case in CASES]
    if rank == 0:
        Path(folder, "losses.json").write_text(json.dumps([_losses(result) for result in results]))
    torch.distributed.barrier()
    os._exit(0)  # an orderly end aborts now and then: PyTorch has threads that nobody waits for


def test_they_train_as_one_does(tmp_path: Path) -> None:
    multiprocessing.spawn(_one_of_two, (str(tmp_path),), nprocs=2)
    found = json.loads((tmp_path / "losses.json").read_text())
    *_, in_32_bits, in_16_bits = found
    assert in_16_bits != in_32_bits
    for (case, tolerance), losses in zip(CASES.items(), found, strict=True):
        assert losses == pytest.approx(_losses(_fit(*case)), rel=tolerance), case
