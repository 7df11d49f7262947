import pandas as pd
import pytest

from sequence_learning.evaluation.interpretation.describe import describe
from sequence_learning.evaluation.interpretation.interpret import Interpretation

NOTHING = pd.DataFrame()


def described(
    gradients: list[tuple[str, int, float, int]], drops: dict[str, float], agreement: float | None = 0.9
) -> str:
    """The sentence on one model, from (channel, position, importance, rows) and from drops of the score."""
    table = pd.DataFrame(gradients, columns=["feature", "position", "importance", "rows"])
    lost = pd.DataFrame({"feature": list(drops), "importance": list(drops.values())})
    what = "gradients by position" if gradients else "permutation"
    stability = pd.DataFrame({"encoder": ["gru"], "what": what, "agreement": agreement, "stable": True})
    return describe(
        Interpretation(
            NOTHING,
            NOTHING,
            table.assign(encoder="gru", kind="channel"),
            lost.assign(encoder="gru", kind="channel"),
            stability,
        )
    )["gru"]


def test_shares_count_every_row_that_has_a_position() -> None:
    said = described([("a", 0, 1.0, 10), ("a", 4, 4.0, 10), ("a", 5, 5.0, 4), ("b", 0, 3.0, 10)], {"a": 1.0})
    assert said == (
        "looks mostly at a (70%) and b (30%); the newest 5 events carry 80% of the gradient; "
        "seeds agree on positions (0.90)"
    )


def test_no_more_than_three_are_named_and_none_that_counts_little() -> None:
    named = described([(name, 0, value, 1) for name, value in zip("abcde", [5, 30, 25, 20, 20], strict=True)], {"a": 1})
    assert named.startswith("looks mostly at b (30%), c (25%) and d (20%);")
    assert described([(f"c{i}", 0, 1.0, 1) for i in range(20)], {"a": 1}).startswith("looks mostly at c0 (5%);")


@pytest.mark.parametrize(
    ("drops", "said"),
    [
        ({"a": 0.1, "b": 0.3, "c": -0.2}, "loses most without b (75%) and a (25%)"),
        ({"a": 0.0, "b": -0.1}, "loses nothing without any one feature"),
    ],
)
def test_without_gradients_the_score_speaks(drops: dict[str, float], said: str) -> None:
    assert described([], drops, agreement=None) == f"{said}; whether seeds agree is not known"


def test_an_encoder_may_look_at_nothing() -> None:
    assert described([("a", 0, 0.0, 1)], {"a": 0}).startswith("looks at no event; ")
