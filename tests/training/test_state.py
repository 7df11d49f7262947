import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.training import state
from sequence_learning.training.state import EpochRecord, Progress, load_state, save_state

TENSORS = {
    "weights": {"encoder.weight": torch.tensor([[1.0, -0.0], [math.inf, math.nan]]), "norm.count": torch.tensor(7)},
    "kept": {"encoder.weight": torch.zeros(0, 2), "tabular.weight": torch.zeros(0, 2)},
    "average": {},
    "moments_0": {"step": torch.tensor(3.0), "exp_avg": torch.full((2, 2), 1e-30)},
}
NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
RECORDS = st.builds(
    EpochRecord,
    seed=st.integers(0, 99),
    epoch=st.integers(0, 99),
    train_loss=NUMBERS,
    val_loss=NUMBERS,
    val_score=NUMBERS,
    seconds=NUMBERS,
)
PROGRESS = st.builds(
    Progress,
    history=st.lists(RECORDS, max_size=3),
    step=st.integers(0, 10**9),
    rows_seen=st.integers(0, 10**12),
    lowest=NUMBERS,
    best_epoch=st.integers(-1, 99),
    reductions=st.integers(0, 99),
    seconds=NUMBERS,
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state") / "gru" / "seed_0.safetensors"


@given(progress=PROGRESS)
def test_every_number_of_the_progress_comes_back_as_it_was(progress: Progress, file: Path) -> None:
    save_state(file, TENSORS, progress)
    _, again = load_state(file)
    # NaN equals nothing, not even itself, but its text does; of all other numbers the text has every digit.
    assert repr(again) == repr(progress)


def test_tensors_come_back_by_group_with_their_types_and_every_bit(file: Path) -> None:
    save_state(file, TENSORS, Progress())
    tensors, _ = load_state(file)
    assert tensors.keys() == TENSORS.keys() - {"average"}  # an empty group leaves nothing
    for group, named in tensors.items():
        assert named.keys() == TENSORS[group].keys()
        for name, tensor in named.items():
            assert tensor.dtype == TENSORS[group][name].dtype
            np.testing.assert_array_equal(tensor.numpy(), TENSORS[group][name].numpy())


def test_what_was_loaded_outlives_its_file(tmp_path: Path) -> None:
    file = tmp_path / "seed_0.safetensors"
    save_state(file, TENSORS, Progress())
    tensors, _ = load_state(file)
    tensors["moments_0"]["step"].add_(1)
    save_state(file, {"weights": {"w": torch.zeros(1000)}}, Progress(step=9))
    assert tensors["moments_0"]["step"] == 4


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_a_state_whose_writing_is_interrupted_leaves_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def write_half(tensors: object, path: Path, metadata: object) -> None:
        path.write_bytes(b"half")
        raise error

    file = tmp_path / "seed_0.safetensors"
    with monkeypatch.context() as patch:
        patch.setattr(state, "save_file", write_half)
        with pytest.raises(error):
            save_state(file, TENSORS, Progress(step=1))
        assert list(tmp_path.iterdir()) == []
    save_state(file, TENSORS, Progress(step=2))
    monkeypatch.setattr(state, "save_file", write_half)
    with pytest.raises(error):
        save_state(file, TENSORS, Progress(step=3))
    assert list(tmp_path.iterdir()) == [file]
    assert load_state(file)[1].step == 2


def test_the_next_epoch_is_the_number_of_those_in_the_history() -> None:
    record = EpochRecord(seed=0, epoch=0, train_loss=1.0, val_loss=1.0, val_score=0.0, seconds=1.0)
    assert [Progress(history=[record] * n).epoch for n in range(3)] == [0, 1, 2]
