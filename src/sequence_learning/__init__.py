"""Learning over sequences with neural networks: which sequence encoder, beside tabular features, to use."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sequence_learning.dataloaders import TabularSequenceDataset, create_dataloaders

__version__ = "0.1.0"
__all__ = ["TabularSequenceDataset", "__version__", "create_dataloaders"]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    # The public names need torch; Kedro imports this package for every command and must not wait for it.
    if name in {"TabularSequenceDataset", "create_dataloaders"}:
        return getattr(import_module("sequence_learning.dataloaders"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
