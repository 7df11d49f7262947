"""Typed parameters of the bundle."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from sequence_learning.encoders import ENCODERS
from sequence_learning.options import Options

#: MLflow takes names without slashes and colons, and some stores little else than these.
RegisteredName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]


class BundleParameters(Options):
    """Which model a run leaves for production, and under which name.

    Attributes:
        name: of the data.
        encoder: its name; the decision's choice if None.
        seed: of the fit; the one with the best score on validation rows if None.
        registered_name: in MLflow's registry; nothing is registered if None.
        alias: of the version that was registered last.
    """

    name: str
    encoder: str | None = None
    seed: int | None = None
    registered_name: RegisteredName | None = None
    alias: RegisteredName = "champion"

    @model_validator(mode="after")
    def _registered(self) -> Self:
        if self.encoder is not None and self.encoder not in ENCODERS:
            raise ValueError(
                f"bundle.encoder must be a registered encoder, got {self.encoder!r}; use null for the decision's "
                f"choice, or one of: {', '.join(ENCODERS)}"
            )
        return self
