"""Small inputs, configurations and models that tests of several modules share."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from sequence_learning.certificates.variants import VARIANTS
from sequence_learning.encoders import ENCODERS
from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import EncoderParameters, ModelParameters, Task, TrainingParameters
from sequence_learning.spec import InputSpec, TargetSpec
from sequence_learning.training.checkpoint import Checkpoint, CheckpointConfig

_PROJECT = Path(__file__).parents[1]

TASKS: tuple[Task, ...] = ("regression", "binary", "multiclass")

#: Options that keep an encoder small.
SMALL: dict[str, dict[str, Any]] = {encoder: VARIANTS[encoder][1] for encoder in ENCODERS}


def make_model_input(
    task: Task = "regression",
    n_rows: int = 60,
    *,
    lengths: list[int] | None = None,
    n_channels: int = 3,
    event_categories: tuple[int, ...] = (4,),
    n_numeric: int = 2,
    categories: tuple[int, ...] = (3, 5),
    ages: bool = False,
    seed: int = 0,
) -> ModelInput:
    """Random features whose target follows the newest events; every seventh row is empty unless lengths are given."""
    rng = np.random.default_rng(seed)
    if lengths is None:
        lengths = rng.integers(1, 7, n_rows).tolist()
        lengths[::7] = [0] * len(lengths[::7])
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    n, n_events = len(lengths), int(offsets[-1])
    values = rng.normal(size=(n_events, n_channels)).astype(np.float32)
    numeric = rng.normal(size=(n, n_numeric)).astype(np.float32)
    signal = np.array([values[a:b].sum() for a, b in pairwise(offsets)]) + numeric.sum(axis=1)
    target_spec = _target_spec(task)
    return ModelInput(
        values=values,
        codes=_codes(rng, n_events, event_categories),
        offsets=offsets,
        numeric=numeric,
        categorical=_codes(rng, n, categories),
        target=_target(signal, task),
        part=np.tile(np.array([0, 0, 0, 1, 2], dtype=np.uint8), n // 5 + 1)[:n],
        spec=InputSpec(
            n_channels=n_channels,
            event_categories=event_categories,
            n_numeric=n_numeric,
            categories=categories,
            numeric_bins=tuple(tuple(np.quantile(column, [0, 0.5, 1]).tolist()) for column in numeric.T),
            n_outputs=target_spec.n_outputs,
            has_ages=ages,
        ),
        target_spec=target_spec,
        ages=_ages(offsets, seed) if ages else None,
    )


def shipped_parameters(environment: str) -> dict[str, Any]:
    """What the project's own configuration says, with references between blocks resolved."""
    from sequence_learning.settings import CONFIG_LOADER_ARGS, CONFIG_LOADER_CLASS

    loader = CONFIG_LOADER_CLASS(str(_PROJECT / "conf"), env=environment, **CONFIG_LOADER_ARGS)
    return dict(sorted(loader["parameters"].items()))  # Kedro reads the files side by side, in no fixed order


def make_training(**changes: Any) -> TrainingParameters:
    """Parameters of a very short training."""
    small = {
        "seeds": (0,),
        "max_epochs": 2,
        "patience": 5,
        "batch_size": 8,
        "learning_rate": 0.01,
        "weight_decay": 0.01,
        "gradient_clip": 1.0,
        "n_workers": 1,
        "accelerator": "cpu",
    }
    return TrainingParameters.model_validate(small | changes)


def make_config(model_input: ModelInput, encoder: str = "gru", seed: int = 0) -> CheckpointConfig:
    """A small model for these features."""
    return CheckpointConfig(
        seed=seed,
        encoder=EncoderParameters(name=encoder, **SMALL[encoder]),
        model=ModelParameters(d_tabular=8, d_head=8),
        spec=model_input.spec,
        target_spec=model_input.target_spec,
    )


def make_checkpoint(model_input: ModelInput, encoder: str = "gru", seed: int = 0) -> Checkpoint:
    """An untrained model with random weights."""
    import torch

    torch.manual_seed(seed)
    config = make_config(model_input, encoder, seed)
    return Checkpoint(config, {name: w.numpy() for name, w in config.build_model().state_dict().items()})


def _target_spec(task: Task) -> TargetSpec:
    if task == "regression":
        return TargetSpec(task=task, mean=10.0, std=2.5)
    return TargetSpec(task=task, classes=("no", "yes") if task == "binary" else ("high", "low", "middle"))


def _target(signal: np.ndarray, task: Task) -> np.ndarray:
    if task == "regression":
        return ((signal - signal.mean()) / (signal.std() or 1.0)).astype(np.float32)
    n_classes = 2 if task == "binary" else 3
    return (signal.argsort().argsort() * n_classes // len(signal)).astype(np.float32)


def _ages(offsets: np.ndarray, seed: int) -> np.ndarray:
    """Times before the prediction, oldest event first, from numbers of their own: the other features stay the same."""
    gaps = np.random.default_rng([seed, 1]).exponential(size=int(offsets[-1]))
    ages = [gaps[a:b][::-1].cumsum()[::-1] for a, b in pairwise(offsets)]
    return np.concatenate([*ages, np.zeros(0)]).astype(np.float32)


def _codes(rng: np.random.Generator, n: int, categories: tuple[int, ...]) -> np.ndarray:
    columns = [rng.integers(0, k, n) for k in categories]
    return np.stack(columns, axis=1).astype(np.int32) if columns else np.zeros((n, 0), dtype=np.int32)
