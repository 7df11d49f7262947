"""The figures as Markdown and as a picture."""

from sequence_learning.benchmark.markdown import benchmark_section
from sequence_learning.benchmark.plot import plot_benchmark
from sequence_learning.benchmark.summary import summarise

from .small import make_pool, make_rounds


def test_the_section_says_which_goals_are_missed() -> None:
    section = benchmark_section(summarise(make_rounds()), make_pool())
    ratios, said, queue, last = section.split("\n\n")
    titles = "| encoder | fixed length | variable length | plain loop without sequences | memory, fixed length |"
    assert ratios.splitlines()[0].startswith(titles)
    pooling, gru = ratios.splitlines()[2:]
    assert pooling.startswith(
        "| statistical aggregation | 0.85 (0.70 to 0.90), goal 0.8; 0.42 with validation | "
        "_3.10_ (3.00 to 3.20), goal 4; 1.55 with validation |"
    )
    assert "| 3.50 (3.40 to 3.90) | 2.00 (30 / 15 MB) |" in pooling
    assert "| **0.85** (0.80 to 1.10), goal 0.9; 0.42 with validation | 4.10 (4.00 to 5.00), goal 4; " in gru
    assert "| 0.50 (0.50 to 2.00), slower |" in gru
    assert said.startswith("Goals of single encoders: met 2, missed 2, 1 of them (_slanted_) by the plain loop")
    assert "| times as fast as plain loops one by one | 1.65 (1.50 to 1.80) | ≥ 1.9 | **no** |" in queue
    assert "6 fits of 3 epochs: the queue took 11 s with 2 workers, plain loops one by one 18 s." in last
    assert "2 cores (chip) with PyTorch 9.9" in last


def test_the_queue_with_encoders_in_16_bits_is_shown_if_there_are_any() -> None:
    rows = [
        [line for line in benchmark_section(summarise(make_rounds()), pool).splitlines() if "in bf16 that" in line]
        for pool in (make_pool(), make_pool(mixed_seconds=6.0))
    ]
    assert rows == [
        [],
        ["| the same, with encoders in bf16 that train faster so | 3.00 (3.00 to 3.00) | ≥ 2.5 | yes |"],
    ]


def test_the_figure_has_ratios_with_their_span_and_a_bar_for_each_goal() -> None:
    fixed, goals, variable, *_ = plot_benchmark(summarise(make_rounds())).data
    assert list(fixed.y) == ["statistical aggregation", "gru"]
    assert list(fixed.x) == [0.85, 0.85]
    assert list(goals.x) == [0.8, 0.9]
    assert fixed.marker.color[0] != fixed.marker.color[1]  # one meets its goal
    assert set(variable.marker.color) == {"#7f7f7f", "#2ca02c"}  # one is beyond it
