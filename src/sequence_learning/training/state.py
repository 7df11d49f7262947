"""Where a training stands after an epoch, as one safetensors file."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor
from typing_extensions import TypedDict  # typing.TypedDict from Python 3.12 on; pydantic reads it

from sequence_learning.atomic import written_whole_in_a_folder


class EpochRecord(TypedDict):
    """One epoch: losses as means over rows, and the ranking metric (R², AUC or accuracy) on validation rows.

    The score is NaN where an output is not finite. ``seconds`` run from building the model.
    """

    seed: int
    epoch: int
    train_loss: float
    val_loss: float
    val_score: float
    seconds: float


class Progress(BaseModel):
    """How far a training has come.

    Attributes:
        history: of all epochs so far.
        step: optimisation steps so far.
        rows_seen: training rows in these.
        lowest: validation loss so far.
        best_epoch: in which it was; -1 before the first.
        reductions: how often the learning rate was halved.
        seconds: since the model was built, without the time between an interruption and going on.
    """

    model_config = ConfigDict(extra="forbid", ser_json_inf_nan="constants")

    history: list[EpochRecord] = Field(default_factory=list)
    step: int = 0
    rows_seen: int = 0
    lowest: float = float("inf")
    best_epoch: int = -1
    reductions: int = 0
    seconds: float = 0.0

    @property
    def epoch(self) -> int:
        """The one that comes next, from 0."""
        return len(self.history)


def save_state(file: Path, tensors: dict[str, dict[str, Tensor]], progress: Progress) -> None:
    """Store groups of tensors and the progress, whole or not at all."""
    flat = {f"{group}/{name}": tensor for group, named in tensors.items() for name, tensor in named.items()}
    with written_whole_in_a_folder(file) as aside:
        save_file(flat, aside, metadata={"progress": progress.model_dump_json()})


def load_state(file: Path) -> tuple[dict[str, dict[str, Tensor]], Progress]:
    """What :func:`save_state` stored."""
    groups: dict[str, dict[str, Tensor]] = {}
    with safe_open(file, framework="pt") as stored:
        for key in stored.keys():  # noqa: SIM118 - not a dictionary
            group, _, name = key.partition("/")
            groups.setdefault(group, {})[name] = stored.get_tensor(key).clone()
        return groups, Progress.model_validate_json(stored.metadata()["progress"])
