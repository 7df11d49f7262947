import json

import numpy as np
import pandas as pd
import pytest

from sequence_learning.evaluation.interpretation.plots import plot_gradients, plot_permutation, plot_position_weights

STABILITY = pd.DataFrame(
    [
        ("learned_decay", "position weights", 0.9, True),
        ("learned_weighted_average", "position weights", 0.1, False),
        ("gru", "gradients by channel", 0.9, True),
        ("gru", "gradients by position", 0.1, False),
        ("cnn", "gradients by channel", None, None),
        ("gru", "permutation", 0.9, True),
        ("lightgbm_aggregates", "permutation", 0.3, False),
    ],
    columns=["encoder", "what", "agreement", "stable"],
).astype({"stable": "boolean"})
WEIGHTS = pd.DataFrame(
    [
        (encoder, seed, position, 0.0, 2.0 + seed - position)
        for encoder in ("learned_decay", "learned_weighted_average")
        for seed in (0, 1)
        for position in (0, 1, 2)
    ],
    columns=["encoder", "seed", "position", "weight", "relative_weight"],
)
GRADIENTS = pd.DataFrame(
    [
        (encoder, seed, "channel", channel, position, (seed + 1) * (3.0 if channel == "b" else 1.0) / (1 + position), 9)
        for encoder in ("gru", "cnn")
        for seed in (0, 1)
        for channel in ("b", "a")
        for position in (0, 1)
    ]
    + [("gru", 0, "tabular", "t", None, 50.0, 9)],
    columns=["encoder", "seed", "kind", "feature", "position", "importance", "rows"],
).astype({"position": "Int64"})
PERMUTATION = pd.DataFrame(
    [
        (encoder, seed, kind, feature, 0.1 * seed)
        for encoder in ("gru", "lightgbm_aggregates")
        for seed in (1, 2)
        for kind, feature in (("tabular", "t_1"), ("channel", "c_2"), ("channel", "c_1"))
    ],
    columns=["encoder", "seed", "kind", "feature", "importance"],
)


def test_weights_are_a_line_per_encoder_over_those_of_the_seeds() -> None:
    figure = plot_position_weights(WEIGHTS, STABILITY)
    means = [trace for trace in figure.data if trace.showlegend is not False]
    assert [trace.name for trace in means] == ["learned decay", "⚠ learned weighted average"]
    assert list(means[0].y) == [2.5, 1.5, 0.5]
    seeds = [trace for trace in figure.data if trace.showlegend is False]
    assert [list(trace.y) for trace in seeds[:2]] == [[2, 1, 0], [3, 2, 1]]
    assert "seeds disagree" in figure.layout.xaxis.title.text


def test_one_seed_is_one_line() -> None:
    assert len(plot_position_weights(WEIGHTS[WEIGHTS["seed"] == 0], STABILITY).data) == 2


def test_gradients_have_a_panel_per_encoder_in_shares_of_its_largest() -> None:
    figure = plot_gradients(GRADIENTS, STABILITY)
    assert [note.text for note in figure.layout.annotations] == ["⚠ gru", "cnn"]
    for panel in figure.data:
        assert list(panel.y) == ["b", "a"]
        assert list(panel.x) == [0, 1]
        assert panel.z == pytest.approx(np.array([[1, 0.5], [1 / 3, 1 / 6]]))


def test_permutation_has_a_row_per_model_and_channels_apart() -> None:
    figure = plot_permutation(PERMUTATION, STABILITY)
    assert [note.text for note in figure.layout.annotations] == ["tabular features", "channels"]
    tabular, channels = figure.data
    assert (list(tabular.x), list(channels.x)) == (["t_1"], ["c_2", "c_1"])
    assert list(channels.y) == ["gru", "⚠ lightgbm<br>aggregates"]
    assert channels.z[0].tolist() == pytest.approx([0.15, 0.15])


def test_marks_are_explained_only_where_there_are_some() -> None:
    stable = STABILITY.assign(stable=True)
    figures = (
        plot_position_weights(WEIGHTS, stable),
        plot_gradients(GRADIENTS, stable),
        plot_permutation(PERMUTATION, stable),
    )
    for figure in figures:
        assert "disagree" not in figure.to_json()


def test_figures_can_be_saved_as_json_and_have_the_width_of_the_page() -> None:
    nothing = [table.iloc[:0] for table in (WEIGHTS, GRADIENTS, PERMUTATION)]
    plots = plot_position_weights, plot_gradients, plot_permutation
    for tables in ((WEIGHTS, GRADIENTS, PERMUTATION), nothing):
        for plot, table in zip(plots, tables, strict=True):
            figure = plot(table, STABILITY)
            assert figure.layout.width is None
            assert json.loads(figure.to_json())["layout"]
