"""Sizes and measured rounds that tests of the benchmark share."""

from pathlib import Path
from typing import Any

import pandas as pd

from sequence_learning.benchmark.case import Case, Side
from sequence_learning.benchmark.features import Lengths, draw_features
from sequence_learning.benchmark.measure import ROUND_COLUMNS
from sequence_learning.benchmark.parameters import BenchmarkParameters
from sequence_learning.features.model_input_file import write_model_input
from sequence_learning.parameters import EncoderParameters, ModelParameters
from tests.builders import SMALL, make_training

SMALL_SIZES: dict[str, Any] = {
    "train_rows": 40,
    "validation_rows": 20,
    "length": 5,
    "median_length": 3,
    "max_length": 9,
    "channels": 2,
    "numeric": 2,
    "batch_size": 16,
    "repeats": 2,
    "seconds": 0.001,
    "pool": {"seeds": 2, "epochs": 1, "repeats": 1},
}


def make_case(folder: Path, side: Side = "fit", lengths: Lengths = "fixed", *encoders: str, **training: Any) -> Case:
    """A case with features of its own."""
    features = folder / f"{lengths}.safetensors"
    write_model_input(features, draw_features(BenchmarkParameters(**SMALL_SIZES), lengths))
    return Case(
        side=side,
        encoders=tuple(EncoderParameters(name=name, **SMALL[name]) for name in encoders or ("gru",)),
        model=ModelParameters(d_tabular=8, d_head=8),
        training=make_training(**{"batch_size": 16, "max_epochs": 1000, "patience": 1000} | training),
        features=features,
        lengths=lengths,
        epochs=10,
        seconds=0.001,
    )


def make_rounds() -> pd.DataFrame:
    """A pooling and a GRU, in three rounds."""
    speeds = {
        ("statistical_aggregation", "fixed"): {"fit": [90, 70, 85], "bare": [100, 100, 100]},
        ("gru", "fixed"): {"fit": [80, 85, 99], "bare": [100, 100, 90], "bf16": [40, 170, 49.5]},
        ("statistical_aggregation", "variable"): {
            "fit": [320, 300, 310],
            "bare": [100, 100, 100],
            "no_sequences": [350, 340, 390],
        },
        ("gru", "variable"): {"fit": [500, 400, 410], "bare": [100, 100, 100], "no_sequences": [900, 900, 800]},
    }
    rows = [
        {"encoder": encoder, "lengths": lengths, "round": i, "side": side, "rows_per_second": float(speed)}
        | {"with_validation": speed / 2 if side in {"fit", "bf16"} else None}
        | {"peak_mb": 10.0 * (i + 1) / (1 + (side == "bare"))}
        for (encoder, lengths), sides in speeds.items()
        for side, measured in sides.items()
        for i, speed in enumerate(measured)
    ]
    return pd.DataFrame(rows, columns=ROUND_COLUMNS)


def make_pool(**mixed: float) -> dict[str, Any]:
    """Figures of a queue, with the machine."""
    from sequence_learning.benchmark.summary import summarise_pool

    turns = [
        {"fits": 6, "workers": 2, "seconds": 10.0, "busy": 0.96, "one_by_one_seconds": 18.0} | mixed,
        {"fits": 6, "workers": 2, "seconds": 12.0, "busy": 0.88, "one_by_one_seconds": 18.0} | mixed,
    ]
    return summarise_pool(turns, epochs=3) | {"machine": {"cores": 2, "processor": "chip", "torch": "9.9"}}
