import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.encoders import ENCODERS
from sequence_learning.evaluation.latency.scaling import (
    expected_ms,
    exponents,
    measure_scaling,
    random_batch,
    theoretical_exponents,
)
from sequence_learning.evaluation.parameters import LatencyParameters
from sequence_learning.exported_model import export_model
from sequence_learning.spec import InputSpec
from tests.builders import make_checkpoint, make_model_input

DATA = make_model_input(ages=True)
KEYS = ["encoder", "runtime", "batch_size", "length"]


def test_every_cell_is_measured_while_calls_are_short() -> None:
    checkpoints = [make_checkpoint(DATA, name) for name in ("statistical_aggregation", "transformer")]
    graphs = {"statistical_aggregation": export_model(checkpoints[0].load_model(), DATA.spec)}
    parameters = LatencyParameters(batch_sizes=(2, 1), lengths=(8, 3), scaling_seconds=0.001, most_seconds=100.0)
    scaling = measure_scaling(checkpoints, parameters, graphs)

    timed = [("statistical_aggregation", "eager"), ("statistical_aggregation", "onnx"), ("transformer", "eager")]
    cells = [(*pair, size, length) for size in (1, 2) for length in (3, 8) for pair in timed]
    assert list(scaling[KEYS].itertuples(index=False, name=None)) == cells
    assert (scaling["calls"] >= 3).all()
    assert (scaling["p50_ms"] > 0).all()
    assert scaling["expected_ms"].isna().tolist() == [size == 1 and length == 3 for *_, size, length in cells]


def test_a_call_that_would_take_too_long_is_not_made_and_its_row_says_what_was_expected() -> None:
    parameters = LatencyParameters(batch_sizes=(1, 64), lengths=(4, 8, 1000), scaling_seconds=0.001, most_seconds=1e-9)
    scaling = measure_scaling([make_checkpoint(DATA)], parameters, {})
    first, *others = scaling.to_dict("records")
    assert first["calls"] >= 3
    for cell in others:
        assert cell["calls"] == 0
        assert cell["expected_ms"] > parameters.most_seconds
        assert np.isnan([cell["p50_ms"], cell["p95_ms"], cell["p99_ms"]]).all()


def test_without_lengths_the_table_is_empty() -> None:
    scaling = measure_scaling([make_checkpoint(DATA)], LatencyParameters(lengths=()), {})
    assert scaling.empty
    assert {*KEYS, "p50_ms", "calls", "expected_ms"} <= set(scaling)
    assert exponents(scaling, {}).empty


@given(st.floats(1, 2), st.floats(1e-3, 1e3))
def test_a_power_of_length_is_extrapolated_exactly(exponent: float, milliseconds: float) -> None:
    known = {(4, length): milliseconds * length**exponent for length in (16, 64)}
    assert expected_ms(known, 4, 1024) == pytest.approx(milliseconds * 1024**exponent)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, float("nan")),
        ({(1, 16): 2.0}, 8.0),  # one length alone: quadratic
        ({(1, 8): 2.0, (1, 16): 2.0}, 4.0),  # at least linear
        ({(1, 8): 1.0, (1, 16): 16.0}, 64.0),  # at most quadratic
        ({(1, 64): 2.0, (1, 16): 3.0}, 12.0),  # longer ones do not count
    ],
)
def test_times_grow_linearly_at_least_and_quadratically_at_most(
    known: dict[tuple[int, int], float], expected: float
) -> None:
    assert expected_ms(known, 1, 32) == pytest.approx(expected, nan_ok=True)


def test_a_smaller_batch_bounds_a_larger_one() -> None:
    assert expected_ms({(1, 16): 1.0, (32, 16): 2.0}, 64, 16) == 4.0
    assert expected_ms({(32, 64): 3.0, (64, 16): 2.0}, 64, 64) == 6.0
    assert expected_ms({(32, 64): 30.0, (64, 16): 2.0}, 64, 64) == 32.0


def scaling_table(p50_ms: list[float], calls: list[int] | None = None) -> pd.DataFrame:
    lengths = [4 ** (i + 2) for i in range(len(p50_ms))]
    columns = {"length": lengths, "p50_ms": p50_ms, "calls": calls or [5] * len(p50_ms)}
    return pd.DataFrame(columns).assign(encoder="gru", runtime="eager", batch_size=1)


@given(st.floats(0, 2.5), st.floats(1e-3, 1e3))
def test_the_exponent_of_a_power_is_found_beyond_the_overhead(exponent: float, milliseconds: float) -> None:
    beyond = [milliseconds * length**exponent for length in (256, 1024, 4096)]
    (row,) = exponents(scaling_table([7.0, 7.0, *beyond]), {"gru": 1.0}).to_dict("records")
    assert row["exponent"] == pytest.approx(exponent, abs=1e-6)
    assert (row["theory"], row["lengths"]) == (1.0, "256, 1024, 4096")


def test_cells_that_were_left_out_have_no_part_in_an_exponent() -> None:
    table = exponents(scaling_table([1.0, 4.0, float("nan")], [5, 5, 0]), {"gru": 1.0})
    assert table["exponent"].tolist() == pytest.approx([1.0])
    assert table["lengths"].tolist() == ["16, 64"]


def test_one_length_has_no_exponent() -> None:
    table = exponents(scaling_table([1.0, float("nan")], [5, 0]), {"gru": 1.0})
    assert table["exponent"].isna().all()


def test_every_encoder_has_a_theory() -> None:
    theory = theoretical_exponents([make_checkpoint(DATA, name) for name in ENCODERS])
    assert theory == dict.fromkeys(ENCODERS, 1.0) | {"tabular_only": 0.0, "transformer": 2.0}


@pytest.mark.parametrize("has_ages", [True, False])
def test_random_features_fit_the_widths_they_are_asked_for(has_ages: bool) -> None:
    spec = InputSpec(
        n_channels=3, event_categories=(4, 2), n_numeric=2, categories=(5,), n_outputs=1, has_ages=has_ages
    )
    batch = random_batch(spec, batch_size=50, length=7)
    shapes = {
        name: tuple(tensor.shape) for name, tensor in vars(batch).items() if name != "ages" and tensor is not None
    }
    assert shapes == {
        "values": (50, 7, 3), "codes": (50, 7, 2), "lengths": (50,), "numeric": (50, 2), "categorical": (50, 1),
        "target": (50,),
    }  # fmt: skip
    assert batch.codes.flatten(0, 1).amax(dim=0).tolist() == [3, 1]
    assert batch.lengths.tolist() == [7] * 50
    assert (batch.ages is not None) == has_ages
    if batch.ages is not None:
        assert (batch.ages.diff(dim=1) <= 0).all()
        assert (batch.ages >= 0).all()


def test_random_features_may_lack_categories() -> None:
    batch = random_batch(InputSpec(n_channels=1, event_categories=(), n_numeric=0, categories=(), n_outputs=1), 2, 3)
    assert (batch.codes.shape, batch.categorical.shape) == ((2, 3, 0), (2, 0))
