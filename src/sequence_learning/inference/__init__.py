"""Predictions from raw tables with a bundle that a run left behind. Needs neither Kedro, MLflow nor Lightning."""

from sequence_learning.inference.bundle import Bundle
from sequence_learning.inference.errors import BundleError

__all__ = ["Bundle", "BundleError"]
