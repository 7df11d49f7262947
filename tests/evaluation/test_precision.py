import numpy as np
import pandas as pd
import pytest

from sequence_learning.evaluation.precision import compare_precisions


def measured(speed: list[float], gain: list[float]) -> pd.DataFrame:
    """Fits of one encoder: seed ``i`` is ``speed[i]`` times as fast in bf16 and scores ``gain[i]`` more."""
    rows = []
    for seed, (times, more) in enumerate(zip(speed, gain, strict=True)):
        rows.append({"precision": "32", "seed": seed, "samples_per_second": 100.0 + seed, "val_score": 0.5 + seed / 10})
        rows.append(
            {
                "precision": "bf16",
                "seed": seed,
                "samples_per_second": (100.0 + seed) * times,
                "val_score": 0.5 + seed / 10 + more,
            }
        )
    return pd.DataFrame(rows).assign(encoder="gru")


@pytest.mark.parametrize(
    ("speed", "gain", "chosen"),
    [
        ([1.5, 1.6, 1.4], [0.001, -0.002, 0.0], "bf16"),
        ([1.5, 1.6, 1.4], [-0.02, -0.021, -0.019], "32"),  # faster, but worse by more than the noise
        ([1.5, 1.6, 1.4], [-0.02, -0.05, 0.03], "bf16"),  # worse on average, within the noise
        ([1.04, 1.04, 1.04], [0.0, 0.0, 0.0], "32"),  # no faster than the noise of the machine
        ([0.5, 0.6, 0.4], [0.01, 0.01, 0.02], "32"),  # better, but slower
        ([1.5], [0.001], "bf16"),
        ([1.5], [-0.001], "32"),  # one seed: nothing is known of the noise
        ([np.nan, np.nan, np.nan], [np.nan, np.nan, np.nan], "32"),  # the processor cannot
        ([1.5, 1.5, np.nan], [0.0, 0.0, np.nan], "32"),  # one fit failed
    ],
)
def test_bf16_is_taken_where_it_is_faster_and_not_worse_beyond_noise(
    speed: list[float], gain: list[float], chosen: str
) -> None:
    assert compare_precisions(measured(speed, gain))["precision"].tolist() == [chosen]


def test_the_table_says_how_much_faster_and_how_much_worse() -> None:
    row = compare_precisions(measured([2.0, 3.0, 1.0], [0.01, 0.02, 0.03])).iloc[0]
    assert row["speed"] == pytest.approx(2.0)
    assert row["difference"] == pytest.approx(0.02)
    # Student's t with two degrees of freedom, standard deviation .01 of three seeds.
    assert row["high"] - row["difference"] == pytest.approx(4.302653 * 0.01 / np.sqrt(3), rel=1e-5)
    assert row["low"] + row["high"] == pytest.approx(2 * row["difference"])


def test_encoders_come_in_their_order() -> None:
    tables = [measured([1.0], [0.0]).assign(encoder=name) for name in ("lstm", "cnn")]
    assert compare_precisions(pd.concat(tables))["encoder"].tolist() == ["lstm", "cnn"]
