import pickle
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from sequence_learning.features.errors import DataError
from sequence_learning.features.sharded_array import ShardedArray

WHOLE = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
CUTS = st.lists(st.integers(0, 20), max_size=5).map(lambda cuts: np.array([0, *sorted(cuts), 20]))


def sharded(folder: Path, edges: np.ndarray, whole: np.ndarray = WHOLE) -> ShardedArray:
    files = tuple(folder / f"{i}.safetensors" for i in range(len(edges) - 1))
    for file, (first, last) in zip(files, pairwise(edges), strict=True):
        save_file({"values": np.ascontiguousarray(whole[first:last]), "other": np.zeros(1)}, file)
    return ShardedArray(files, "values", edges, window=7)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shards")


@given(edges=CUTS, places=st.lists(st.integers(0, 19), max_size=40), n_columns=st.integers(1, 5))
def test_places_are_those_of_the_whole_array(
    folder: Path, edges: np.ndarray, places: list[int], n_columns: int
) -> None:
    array = sharded(folder, edges)
    asked = np.array(places * n_columns, dtype=np.int64).reshape(n_columns, -1)
    np.testing.assert_array_equal(array[asked], WHOLE[asked], strict=True)
    np.testing.assert_array_equal(array[np.sort(asked[0])], WHOLE[np.sort(asked[0])], strict=True)
    np.testing.assert_array_equal(array.first_columns(2)[asked], WHOLE[asked, :2], strict=True)


@given(edges=CUTS, first=st.integers(-25, 25), last=st.integers(-25, 25))
def test_ranges_and_pieces_are_those_of_the_whole_array(folder: Path, edges: np.ndarray, first: int, last: int) -> None:
    array = sharded(folder, edges)
    np.testing.assert_array_equal(array[first:last], WHOLE[first:last], strict=True)
    np.testing.assert_array_equal(np.concatenate(list(array.pieces())), WHOLE, strict=True)
    np.testing.assert_array_equal(np.asarray(array), WHOLE, strict=True)
    assert (len(array), array.shape, array.dtype) == (20, (20, 3), np.float32)


def test_what_follows_the_last_place_is_the_last_if_clipped_and_an_error_otherwise(folder: Path) -> None:
    array, beyond = sharded(folder, np.array([0, 9, 20])), np.array([[3, 25], [19, 20]])
    np.testing.assert_array_equal(array.take(beyond, axis=0, mode="clip"), WHOLE.take(beyond, axis=0, mode="clip"))
    for wrong in (beyond, np.array([-1])):
        with pytest.raises(IndexError, match="places must be from 0 to 19, got"):
            array[wrong]


def test_numbers_without_columns_and_no_numbers_at_all_may_be_sharded(folder: Path) -> None:
    edges = np.array([0, 6, 20])
    np.testing.assert_array_equal(sharded(folder, edges, WHOLE[:, 0])[np.array([7, 2])], WHOLE[[7, 2], 0])
    none = sharded(folder, np.array([0, 0]))
    assert none[np.zeros((2, 0), dtype=np.int64)].shape == (2, 0, 3)


def test_another_process_is_sent_paths(folder: Path) -> None:
    sent = pickle.dumps(sharded(folder, np.array([0, 9, 20])))
    assert len(sent) < 2000
    np.testing.assert_array_equal(pickle.loads(sent)[:], WHOLE)


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    array = sharded(tmp_path, np.array([0, 9, 20]))
    array.files[1].unlink()
    with pytest.raises(DataError, match=r"must be where they were prepared, but .*1\.safetensors is not; prepare them"):
        array[:]
