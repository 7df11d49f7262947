import json

import pandas as pd

from sequence_learning.evaluation.latency.plots import plot_scaling

ROWS = [
    (encoder, runtime, size, length, float(length * size), 5 if length < 64 or encoder == "gru" else 0)
    for size in (1, 32, 1024)
    for encoder in ("gru", "learned_decay")
    for runtime in ("eager", "onnx")
    for length in (16, 64)
]
SCALING = pd.DataFrame(ROWS, columns=["encoder", "runtime", "batch_size", "length", "p50_ms", "calls"])


def test_every_encoder_has_a_full_and_a_dotted_line_of_one_colour_at_the_smallest_and_the_largest_batch() -> None:
    figure = plot_scaling(SCALING)
    lines = [(trace.yaxis, trace.name, trace.line.dash) for trace in figure.data]
    names, dashes = ("gru", "learned decay"), ("solid", "dot")
    assert lines == [(axis, name, dash) for axis in ("y", "y2") for name in names for dash in dashes]
    for name in names:
        traces = [trace for trace in figure.data if trace.name == name]
        assert len({trace.line.color for trace in traces}) == 1
        assert sum(trace.showlegend for trace in traces) == 1
    assert len({trace.line.color for trace in figure.data}) == 2
    assert [note.text for note in figure.layout.annotations] == ["1 row per call", "1024 rows per call"]


def test_lines_are_the_measured_medians_on_logarithmic_axes() -> None:
    figure = plot_scaling(SCALING)
    gru, _, decay, *_ = figure.data
    assert (list(gru.x), list(gru.y)) == ([16, 64], [16.0, 64.0])
    assert (list(decay.x), list(decay.y)) == ([16], [16.0])
    axes = [figure.layout[axis].type for axis in ("xaxis", "xaxis2", "yaxis", "yaxis2")]
    assert axes == ["log"] * 4


def test_one_batch_size_has_one_panel_and_nothing_measured_an_empty_one() -> None:
    alone = plot_scaling(SCALING[SCALING["batch_size"] == 32])
    assert {trace.yaxis for trace in alone.data} == {"y"}
    assert not plot_scaling(SCALING.assign(calls=0)).data


def test_the_figure_can_be_saved_as_json() -> None:
    assert json.loads(plot_scaling(SCALING).to_json())["data"]
