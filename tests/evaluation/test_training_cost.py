import numpy as np
import pandas as pd
import pytest

from sequence_learning.evaluation.training_cost import plot_score_by_seconds, training_costs

HISTORY = pd.DataFrame(
    [
        ("gru", 0, 0, -9.0, 1.0),
        ("gru", 0, 1, 0.6, 2.0),
        ("gru", 0, 2, 0.5, 3.0),
        ("gru", 1, 0, -7.0, 3.0),
        ("gru", 1, 1, 0.8, 6.0),
        ("cnn", 0, 0, 0.1, 0.5),
        ("cnn", 0, 1, 0.3, 0.75),
    ],
    columns=["encoder", "seed", "epoch", "val_score", "seconds"],
)
RESULTS = pd.DataFrame(
    [
        ("gru", 0, 3.0, 200.0, 3.0, 1.0),
        ("gru", 1, 6.0, 100.0, 2.0, 0.0),
        ("predict_the_mean", 0, 0.5, np.nan, np.nan, np.nan),
        ("cnn", 0, 0.75, 900.0, 2.0, 1.0),
    ],
    columns=["encoder", "seed", "fit_seconds", "samples_per_second", "epochs", "kept_epoch"],
)


@pytest.mark.filterwarnings("error")
def test_costs_are_means_over_seeds_and_missing_where_there_are_none() -> None:
    costs = training_costs(RESULTS, HISTORY)
    assert list(costs.columns) == [
        "encoder",
        "fit_seconds",
        "samples_per_second",
        "epochs",
        "kept_epoch",
        "seconds_to_kept",
    ]
    assert list(costs["encoder"]) == ["gru", "predict_the_mean", "cnn"]
    by_encoder = costs.set_index("encoder")
    assert by_encoder.loc["gru"].tolist() == [4.5, 150.0, 2.5, 0.5, (2.0 + 3.0) / 2]
    assert by_encoder.loc["cnn"].tolist() == [0.75, 900.0, 2.0, 1.0, 0.75]
    assert by_encoder.loc["predict_the_mean", "fit_seconds"] == 0.5
    assert by_encoder.loc["predict_the_mean"].isna().sum() == 4


def test_a_line_has_the_epochs_that_all_its_seeds_reached() -> None:
    gru, cnn = sorted(plot_score_by_seconds(HISTORY, "r2").data, key=lambda trace: trace.name, reverse=True)
    assert (gru.name, cnn.name) == ("gru", "cnn")
    assert list(gru.x) == [2.0, 4.0]
    assert list(gru.y) == pytest.approx([-8.0, 0.7])
    assert list(cnn.y) == [0.1, 0.3]
    assert gru.line.color != cnn.line.color


def test_a_terrible_first_epoch_does_not_squash_the_picture() -> None:
    layout = plot_score_by_seconds(HISTORY, "r2").layout
    bottom, top = layout.yaxis.range
    assert 0.2 < bottom < 0.3
    assert 0.7 < top < 0.75
    assert layout.xaxis.type == "log"
    assert layout.yaxis.title.text == "validation r2"


def test_scores_that_are_missing_leave_the_range_to_the_others() -> None:
    figure = plot_score_by_seconds(
        HISTORY.assign(val_score=HISTORY["val_score"].where(HISTORY["encoder"] == "cnn")), "r2"
    )
    bottom, top = figure.layout.yaxis.range
    assert bottom < 0.3 < top < 0.4
    nothing = plot_score_by_seconds(HISTORY.assign(val_score=np.nan), "auc")
    assert nothing.layout.yaxis.range is None
    assert nothing.to_json()


def test_equal_scores_still_have_a_picture() -> None:
    bottom, top = plot_score_by_seconds(HISTORY.assign(val_score=0.5), "auc").layout.yaxis.range
    assert bottom < 0.5 < top
