import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from safetensors.numpy import save_file

from sequence_learning.features.errors import DataError
from sequence_learning.features.mapped_file import map_arrays

DTYPES = [np.bool_, np.float32, np.float64, np.int8, np.int16, np.int32, np.int64, np.uint8]
NUMBERS = {"b": np.arange(3, dtype=np.int8), "a": np.arange(6.0).reshape(2, 3)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    save_file(NUMBERS, tmp_path / "numbers", metadata={"of": "nothing"})
    return tmp_path / "numbers"


@given(
    st.dictionaries(
        st.text("abc", min_size=1),
        st.sampled_from(DTYPES).flatmap(lambda dtype: arrays(dtype, array_shapes(min_side=0))),
        max_size=4,
    )
)
def test_arrays_are_those_that_were_saved(
    tmp_path_factory: pytest.TempPathFactory, saved: dict[str, np.ndarray]
) -> None:
    file = tmp_path_factory.mktemp("mapped") / "arrays"
    save_file(saved, file)
    mapped, metadata = map_arrays(file)
    assert metadata == {}
    assert mapped.keys() == saved.keys()
    for name, array in saved.items():
        assert mapped[name].dtype == array.dtype
        np.testing.assert_array_equal(mapped[name], array)


def test_some_may_be_asked_for(file: Path) -> None:
    mapped, metadata = map_arrays(file, {"a", "z"})
    assert list(mapped) == ["a"]
    assert metadata == {"of": "nothing"}


def test_who_writes_into_an_array_changes_a_copy(file: Path) -> None:
    map_arrays(file)[0]["a"][:] = 0
    np.testing.assert_array_equal(map_arrays(file)[0]["a"], NUMBERS["a"])


@pytest.mark.parametrize("size", [0, 4, 30, -1])
def test_a_file_that_is_cut_is_refused(file: Path, size: int) -> None:
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(DataError, match=r"must be whole, but .*numbers was cut or changed; delete it, and run again"):
        map_arrays(file)


def test_an_array_is_sent_to_workers_as_it_is_though_the_file_was_replaced(file: Path) -> None:
    array = map_arrays(file)[0]["a"]
    save_file({"a": np.zeros((2, 3))}, file.with_name("new"))
    file.with_name("new").replace(file)
    with joblib.parallel_config("loky", n_jobs=2, max_nbytes=None):
        assert joblib.Parallel()([joblib.delayed(np.sum)(array[:, :2])]) == [NUMBERS["a"][:, :2].sum()]


def test_pytorch_is_not_imported(file: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from sequence_learning.features.mapped_file import map_arrays; "
        f"map_arrays(Path({str(file)!r})); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
