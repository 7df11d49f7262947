"""Training: ``model_input`` -> all fits -> what each model left, under ``train.<encoder>`` or ``train.<baseline>``."""

from collections.abc import Iterable

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.training.nodes import (
    collect_baseline,
    collect_encoder,
    fit_models,
    predict_held_out,
    predict_held_out_with_baseline,
    score_encoder,
)

#: Every model's pipeline lies under this namespace, so that Kedro-Viz can fold them into one group.
GROUP = "train"


def namespace_of(model: str) -> str:
    """The namespace of one encoder or baseline."""
    return f"{GROUP}.{model}"


def create_pipeline(encoders: Iterable[str], baselines: Iterable[str]) -> Pipeline:
    """One queue of all fits, and the template of every model on what it left."""
    encoders, baselines = list(encoders), list(baselines)
    models = [_of_encoder(encoder) for encoder in encoders] + [_of_baseline(baseline) for baseline in baselines]
    return _fits(encoders, baselines) + sum(models, Pipeline([]))


def _fits(encoders: list[str], baselines: list[str]) -> Pipeline:
    """It takes the options of every model, so it lies inside the training group."""
    options = {encoder: f"params:encoders.{encoder}" for encoder in encoders}
    options |= {baseline: f"params:baselines.{baseline}" for baseline in baselines}
    options |= {block: f"params:{block}" for block in ("model", "training", "tuning")}
    data = {name: name for name in ("model_input", "fit_store", "precision_choices", "tuned_parameters")}
    return Pipeline(
        [Node(fit_models, data | options, ["fits", "failed_fits", "training_load"], name="fit_models")],
        namespace=GROUP,
        inputs=set(data),
        outputs={"fits", "failed_fits", "training_load"},
        parameters=set(options.values()),
    )


def _of_encoder(encoder: str) -> Pipeline:
    return Pipeline(
        [
            Node(
                collect_encoder,
                ["fits", "fit_store", "params:encoder"],
                ["checkpoints", "history", "costs"],
                name="collect_encoder",
            ),
            Node(
                predict_held_out,
                ["model_input", "checkpoints", "split"],
                "predictions",
                name="predict_held_out",
            ),
            Node(score_encoder, ["predictions", "costs", "params:schema"], "results", name="score_encoder"),
        ],
        namespace=namespace_of(encoder),
        inputs={"fits", "fit_store", "model_input", "split"},
        parameters={"params:encoder": f"params:encoders.{encoder}", "params:schema": "params:schema"},
    )


def _of_baseline(baseline: str) -> Pipeline:
    return Pipeline(
        [
            Node(
                collect_baseline,
                ["fits", "fit_store", "params:baseline"],
                ["fitted", "rounds", "costs"],
                name="collect_baseline",
            ),
            Node(
                predict_held_out_with_baseline,
                ["model_input", "fitted", "split"],
                "predictions",
                name="predict_held_out",
            ),
            Node(score_encoder, ["predictions", "costs", "params:schema"], "results", name="score_baseline"),
        ],
        namespace=namespace_of(baseline),
        inputs={"fits", "fit_store", "model_input", "split"},
        parameters={"params:baseline": f"params:baselines.{baseline}", "params:schema": "params:schema"},
    )
