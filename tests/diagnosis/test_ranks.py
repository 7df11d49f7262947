import pandas as pd

from sequence_learning.diagnosis.ranks import rank_models

NONE = float("nan")


def matrix(**tasks: dict[str, float]) -> pd.DataFrame:
    rows = [(task, model, value) for task, models in tasks.items() for model, value in models.items()]
    return pd.DataFrame(rows, columns=["task", "model", "attained"])


def test_models_are_ranked_over_the_tasks_on_which_there_is_something_to_attain() -> None:
    both = {"gru": 90.0, "cnn": 80.0, "tabular_only": 0.0}
    found = rank_models(
        matrix(
            order_free=both,
            linear_recency=both,
            local_motif={"gru": 50.0, "cnn": 90.0, "tabular_only": 1.0, "a_variant": 99.0},
            pure_noise=dict.fromkeys(both, NONE),
        )
    )
    assert found is not None
    assert found.n_sets == 3
    assert found.ranks.round(2).to_dict() == {"gru": 1.33, "cnn": 1.67, "tabular_only": 3.0}


def test_too_few_tasks_or_models_are_not_ranked() -> None:
    three = {"gru": 90.0, "cnn": 80.0, "tabular_only": 0.0}
    nothing = dict.fromkeys(three, NONE)
    assert rank_models(matrix(a=three, b=three, pure_noise=nothing)) is None
    assert rank_models(matrix(a={"gru": 1.0}, b={"gru": 1.0}, c={"gru": 1.0})) is None
    assert rank_models(matrix(pure_noise=nothing)) is None
