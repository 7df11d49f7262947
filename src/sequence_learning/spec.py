"""What prepared features look like, and what the target means. Needs no PyTorch."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class InputSpec(BaseModel):
    """What the prepared features look like: all a model must know of the data.

    Attributes:
        n_channels: numeric channels per step, missing-value indicators and those made of times included.
        event_categories: number of codes of each categorical channel, code 0 (unknown) included.
        n_numeric: tabular numbers, indicators included.
        categories: number of codes of each categorical column, code 0 (unknown) included.
        numeric_bins: edges of each tabular number's bins, ascending, for piecewise-linear embeddings.
        n_outputs: 1 for regression and binary targets, the number of classes otherwise.
        has_ages: whether each step has a time before the prediction.
        n_time_channels: how many of the channels, the last ones, are made of times.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    n_channels: int = Field(ge=0)
    event_categories: tuple[int, ...]
    n_numeric: int = Field(ge=0)
    categories: tuple[int, ...]
    numeric_bins: tuple[tuple[float, ...], ...] = ()
    n_outputs: int = Field(ge=1)
    has_ages: bool = False
    n_time_channels: int = Field(0, ge=0)


class TargetSpec(BaseModel):
    """How the target was made into numbers, and how to make predictions out of a model's outputs.

    Attributes:
        task: kind of target.
        mean: of the training rows; regression targets are standardised with it.
        std: likewise.
        classes: original values, by class index; empty for regression.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: Literal["regression", "binary", "multiclass"]
    mean: float = 0.0
    std: float = Field(1.0, gt=0)
    classes: tuple[str, ...] = ()

    @property
    def n_outputs(self) -> int:
        """Outputs a model needs: one, or one per class for multiclass."""
        return len(self.classes) if self.task == "multiclass" else 1
