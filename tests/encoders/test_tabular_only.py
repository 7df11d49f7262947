import torch

from sequence_learning.encoders.tabular_only import TabularOnly


def test_encoding_has_no_width_and_nothing_to_learn() -> None:
    encoder = TabularOnly(4)
    assert encoder.d_out == 0
    assert encoder(torch.ones(3, 2, 4), torch.tensor([2, 1, 0])).shape == (3, 0)
    assert not list(encoder.parameters())
