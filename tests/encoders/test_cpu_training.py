from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import torch

from sequence_learning.encoders.cpu_training import (
    torch_layers,
    trains_in_16_bits_on_cpu,
    trains_in_32_bits_on_cpu,
    trains_on_cpu,
)

VALUES = torch.ones(2)


def asked() -> list[bool]:
    return [ask(VALUES) for ask in (trains_on_cpu, trains_in_32_bits_on_cpu, trains_in_16_bits_on_cpu)]


def test_a_cpu_trains_in_32_bits_or_in_16() -> None:
    assert asked() == [True, True, False]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert asked() == [True, False, True]


@pytest.mark.parametrize("no_training", [torch.no_grad, torch.inference_mode, torch_layers])
def test_without_gradients_and_where_only_torch_computes_it_does_not(
    no_training: Callable[[], AbstractContextManager[object]],
) -> None:
    with no_training():
        assert asked() == [False] * 3
    assert trains_on_cpu(VALUES)


def test_other_devices_do_not() -> None:
    assert not trains_on_cpu(VALUES.to("meta"))
