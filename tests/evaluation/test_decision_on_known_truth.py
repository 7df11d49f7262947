"""On tasks whose truth is known, the decision names the family that theory names: small models, trained for real."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from sequence_learning.diagnosis import trial
from sequence_learning.diagnosis.trial import Rows
from sequence_learning.evaluation.comparison import difference_table, score_models, score_table, validation_scores
from sequence_learning.evaluation.decision import Decision, decide
from sequence_learning.evaluation.parameters import DecisionParameters
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.split import PARTS
from sequence_learning.parameters import EncoderParameters, ModelParameters
from sequence_learning.tasks.parameters import TaskParameters
from sequence_learning.training.checkpoint import CheckpointConfig
from sequence_learning.training.fit import fit
from sequence_learning.training.predict import original_target, predict
from tests.builders import make_training

SEEDS = (0, 1)
ROWS = Rows(train=1500, validation=300, test=1000)
TRAINING = make_training(seeds=SEEDS, max_epochs=12, patience=2, batch_size=128, learning_rate=0.02)

#: Cheapest first, each with as little as its family needs.
ENCODERS = {
    "tabular_only": {},
    "statistical_aggregation": {},
    "fixed_positional_weighting": {},
    "learned_static_positional_weighting": {"n_positions": 10},
    "learned_weighted_average": {"n_heads": 1},
}
#: How far behind the best is good enough, in R²; families that cannot do a task are further off.
MARGIN = 0.1


@cache
def decision_on(task: str) -> Decision:
    """Draw tables, train every encoder with every seed, compare, decide."""
    parameters = TaskParameters(name=task, min_length=10, max_length=10, noise=0.05)
    model_input = trial._draw(parameters.model_dump_json(), ROWS, 0).model_input
    tables = {name: predictions(model_input, name) for name in ENCODERS}
    rows = model_input.rows("test")
    models = score_models("regression", tables, pd.Series(rows, rows))
    costs = pd.DataFrame({"encoder": list(ENCODERS), "latency_ms_batch_1": np.arange(1.0, len(ENCODERS) + 1)})
    wanted = DecisionParameters(margin=MARGIN)
    return decide(
        score_table(models, validation_scores("regression", tables)), difference_table(models), costs, (), wanted
    )


def predictions(model_input: ModelInput, encoder: str) -> pd.DataFrame:
    rows = np.concatenate([model_input.rows(part) for part in ("validation", "test")])
    part = np.array(PARTS)[model_input.part[rows]]
    tables = []
    for seed in SEEDS:
        config = CheckpointConfig(
            seed=seed,
            encoder=EncoderParameters(name=encoder, **ENCODERS[encoder]),
            model=ModelParameters(d_tabular=16, d_head=16, dropout=0.0),
            spec=model_input.spec,
            target_spec=model_input.target_spec,
        )
        model = fit(model_input, config, TRAINING).checkpoint.load_model()
        columns = {"target": original_target(model_input, rows), **predict(model, model_input, rows)}
        tables.append(pd.DataFrame({"id": rows, "seed": seed, "part": part, **columns}))
    return pd.concat(tables)


@pytest.mark.parametrize(
    ("task", "family"),
    [
        ("order_free", "statistical_aggregation"),
        ("linear_recency", "fixed_positional_weighting"),
        ("position_profile", "learned_static_positional_weighting"),
        ("content_selected", "learned_weighted_average"),
    ],
)
def test_the_cheapest_family_that_can_do_the_task_is_named(task: str, family: str) -> None:
    decision = decision_on(task)
    assert (decision.verdict, decision.chosen) == ("cheapest", family), decision.candidates


@pytest.mark.parametrize("task", ["pure_noise", "tabular_only"])
def test_no_family_is_named_where_the_sequence_tells_nothing(task: str) -> None:
    decision = decision_on(task)
    assert (decision.verdict, decision.chosen) == ("tabular", "tabular_only"), decision.candidates
