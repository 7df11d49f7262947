"""From what a run left to a bundle with its metrics and its card."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sequence_learning.evaluation.calibration import fit_temperature
from sequence_learning.evaluation.conformal import conformal_quantile
from sequence_learning.inference import Bundle, BundleError
from sequence_learning.inference.no_bundle import NoBundle
from sequence_learning.packaging.make import make_bundle
from sequence_learning.parameters import Task
from tests.builders import TASKS
from tests.packaging.run import ENCODER, Run, run_of


def made(run: Run, **changes: Any) -> Bundle:
    bundle = make_bundle(**vars(replace(run, **changes)), coverage=0.8, confidence=0.9)
    assert isinstance(bundle, Bundle)
    return bundle


@pytest.fixture(scope="module", params=TASKS)
def task(request: pytest.FixtureRequest) -> Task:
    return request.param


@pytest.fixture(scope="module")
def bundle(task: Task) -> Bundle:
    return made(run_of(task))


def part(task: Task, name: str) -> pd.DataFrame:
    predictions = run_of(task).predictions
    return predictions[predictions["part"] == name]


def test_it_is_calibrated_on_validation_rows(bundle: Bundle, task: Task) -> None:
    validation = part(task, "validation")
    if task == "regression":
        residuals = (validation["target"] - validation["prediction"]).abs().to_numpy()
        assert bundle.calibration.coverage == 0.8
        assert bundle.calibration.half_width == pytest.approx(conformal_quantile(residuals, 0.8))
    else:
        probabilities = validation.filter(regex=r"^p_\d+$").to_numpy()
        expected = fit_temperature(probabilities, validation["target"].to_numpy(dtype=np.int64))
        assert bundle.calibration.temperature == pytest.approx(expected)
        assert bundle.calibration.half_width is None


def test_metrics_are_those_of_the_fit_and_of_the_encoder(bundle: Bundle, task: Task) -> None:
    metrics, scores = bundle.document("metrics.json"), run_of(task).scores.iloc[0]
    assert metrics["confidence"] == 0.9
    assert metrics["model"]["score"] == pytest.approx(metrics["test"][metrics["metric"]])
    assert metrics["model"]["low"] < metrics["model"]["score"] < metrics["model"]["high"]
    assert metrics["encoder"] == pytest.approx(scores[["score", "low", "high", "seeds", "units"]].to_dict())
    assert metrics["difference"]["torch"] < 1e-6
    assert metrics["difference"]["onnx"] < 1e-5


def test_the_card_says_what_was_measured(bundle: Bundle, task: Task) -> None:
    card, metrics = bundle.files["README.md"].decode(), bundle.document("metrics.json")
    assert card.startswith("# spent of customers, by statistical aggregation\n")
    model = metrics["model"]
    assert f"| this model (seed 3) | {model['score']:.3f} | {model['low']:.3f} to {model['high']:.3f} |" in card
    assert f"mean over 2 seeds | {metrics['encoder']['score']:.3f} |" in card
    by_part = run_of(task).data[0].set_index("part")
    assert f"{by_part['rows']['train']} rows trained it, {by_part['rows']['validation']} stopped" in card
    assert f"{100 * by_part['empty']['train']:.3g}% have none" in card
    for column in ("customer", "asked", "age", "visits", "country", "at", "amount", "shop"):
        assert f"`{column}`" in card
    assert "Use it. It is the best." in card
    assert "from sequence_learning.inference import Bundle" in card
    assert not {"None", "nan", "{{", "Series"} & set(card.split())


def test_the_decision_lies_beside_it(bundle: Bundle, task: Task) -> None:
    assert bundle.document("decision.json") == run_of(task).decision


def test_without_a_choice_there_is_none() -> None:
    run = run_of("regression")
    nothing = make_bundle(**vars(replace(run, decision=run.decision | {"chosen": None})), coverage=0.8, confidence=0.9)
    assert isinstance(nothing, NoBundle)


@pytest.mark.usefixtures("without_graph")
class TestRefusals:
    def test_another_seed_than_the_one_that_was_picked(self) -> None:
        run = run_of("regression")
        with pytest.raises(ValueError, match=r"got 5 where 3 was; run from the node train\.pick_best_seeds"):
            made(run, parameters=run.parameters.model_copy(update={"seed": 5}))

    def test_a_bundle_that_does_not_predict_what_was_measured(self) -> None:
        run = run_of("regression")
        shifted = run.predictions.assign(prediction=run.predictions["prediction"] + 1)
        with pytest.raises(BundleError, match="must predict what was measured, but differs by"):
            made(run, predictions=shifted)


def cards(run: Run, **changes: Any) -> str:
    """The card alone, of a bundle that is not checked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sequence_learning.exported_model.export_model", lambda model, spec: b"")
        patch.setattr("sequence_learning.packaging.make.check_predictions", lambda *_: {"torch": 0.0, "onnx": 0.0})
        return made(run, **changes).files["README.md"].decode()


def test_the_card_warns_of_what_the_data_show() -> None:
    run = run_of("regression")
    by_part, leakage = run.data
    card = cards(run)
    longest = int(by_part.set_index("part")["length_max"]["train"])
    assert f"Sequences of more than {longest} events: no training row had as many." in card
    assert "rows were split by chance, not by time" in card
    assert "its score is not shown to be better than chance" in card  # it was not trained
    assert "no training row was without" not in card
    assert "Decisions before someone" not in card or (leakage["verdict"] == "look").any()
    found = leakage.assign(verdict="look", found="3 of 4 rows", why="a reason")
    card = cards(run, data=(by_part.assign(empty=0.0), found))
    assert "Rows without events: it answers, but no training row was without." in card
    assert card.count("(3 of 4 rows); a reason.") == len(leakage)


def test_the_card_says_when_the_decision_was_another() -> None:
    run = run_of("regression")
    decision = run.decision | {"chosen": None, "verdict": "over_budget", "headline": "No encoder fits the budget."}
    asked = run.parameters.model_copy(update={"encoder": ENCODER})
    card = cards(run, decision=decision, parameters=asked)
    assert "It was asked for (`bundle.encoder`). The decision of the run was another: No encoder fits" in card


def test_the_card_warns_of_few_units_and_of_useless_sequences() -> None:
    run = run_of("regression")
    card = cards(run, scores=run.scores.assign(units=7), decision=run.decision | {"verdict": "tabular"})
    assert "the test rows are of 7 independent units, so intervals are somewhat too narrow" in card
    assert "no encoder was shown to predict better than the tabular features alone" in card


def test_documents_are_json_without_nan(bundle: Bundle) -> None:
    for name in ("metrics.json", "decision.json", "schema.json", "model.json"):
        json.loads(bundle.files[name], parse_constant=pytest.fail)
