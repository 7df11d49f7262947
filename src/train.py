"""Train one model on the dummy data set: a thin shell over ``kedro run --pipeline train_<encoder>``.

uv run python src/train.py --model_name StatisticalAggregationModel --num_epochs 10 --batch_size 32 \
    --num_samples 2000 --sequence_length 30 --num_features 5
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.runner import SequentialRunner

from sequence_learning.encoders import ENCODERS

_PROJECT = Path(__file__).resolve().parents[1]
_ACRONYMS = {"cnn": "CNN", "lstm": "LSTM", "gru": "GRU"}


def model_name(encoder: str) -> str:
    """``statistical_aggregation`` as ``StatisticalAggregationModel``."""
    return _ACRONYMS.get(encoder, encoder.title().replace("_", "")) + "Model"


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; argparse answers a mistake with the choices and exit code 2."""
    parser = argparse.ArgumentParser(
        description="Train one model on the dummy data set and track it in MLflow.", allow_abbrev=False
    )
    names = {model_name(encoder): encoder for encoder in ENCODERS}
    parser.add_argument("--model_name", required=True, choices=names, help="which sequence encoder to train")
    parser.add_argument("--num_epochs", type=_at_least(1), default=10, help="passes over the training rows, at most")
    parser.add_argument("--batch_size", type=_at_least(2), default=32, help="rows per training step")
    parser.add_argument("--num_samples", type=_at_least(10), default=2000, help="entities")
    parser.add_argument("--sequence_length", type=_at_least(1), default=30, help="events of the longest sequences")
    parser.add_argument("--num_features", type=_at_least(2), default=5, help="numeric channels of each event")
    parser.add_argument("--seed", type=_at_least(0), default=0, help="of the data and of the fit")
    parsed = parser.parse_args(arguments)
    parsed.encoder = names[parsed.model_name]
    return parsed


def _at_least(lowest: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.lstrip("-").isdigit() or int(text) < lowest:
            raise argparse.ArgumentTypeError(f"must be a whole number from {lowest}, got {text!r}")
        return int(text)

    return number


def main() -> None:
    """Run the encoder's pipeline with these parameters, in the environment ``one_model``."""
    arguments = parse_arguments()
    bootstrap_project(_PROJECT)
    overrides = {
        "data": {
            "num_samples": arguments.num_samples,
            "max_length": arguments.sequence_length,
            "num_channels": arguments.num_features,
            "seed": arguments.seed,
        },
        "training": {
            "max_epochs": arguments.num_epochs,
            "batch_size": arguments.batch_size,
            "seeds": [arguments.seed],
        },
    }
    with KedroSession.create(_PROJECT, env="one_model", runtime_params=overrides) as session:
        session.run(pipeline_names=[f"train_{arguments.encoder}"], runner=SequentialRunner())  # type: ignore[call-arg]


if __name__ == "__main__":
    main()
