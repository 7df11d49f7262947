"""What was learned from the validation rows about how sure a model is."""

from pydantic import BaseModel, ConfigDict, Field


class Calibration(BaseModel):
    """Plain numbers; how they are fitted is told where they are.

    Attributes:
        coverage: regression: share of new rows that an interval should hold.
        half_width: regression: how far the interval reaches to either side of the prediction, in units of the target;
            infinite if there were too few validation rows to tell.
        temperature: classes: what the logits are divided by.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")

    coverage: float | None = None
    half_width: float | None = Field(None, ge=0)
    temperature: float = Field(1.0, gt=0)
