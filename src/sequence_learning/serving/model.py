"""MLflow runs this file to get the model; the bundle beside it holds no code.

``mlflow.pyfunc.load_model(uri, model_config={"runtime": "onnx"})`` computes it in ONNX Runtime.
"""

from typing import Any

import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from sequence_learning.features.errors import DataError
from sequence_learning.inference import Bundle
from sequence_learning.serving.unreadable_requests import refuse_unreadable_requests
from sequence_learning.serving.wide import two_tables


class BundleModel(PythonModel):
    """Predicts from one table: a row per entity, tabular columns as scalars, columns of events as lists."""

    def load_context(self, context: PythonModelContext) -> None:
        """Verify and load the bundle."""
        refuse_unreadable_requests()
        self.bundle = Bundle.load(context.artifacts["bundle"], context.model_config["runtime"])

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """As :meth:`~sequence_learning.inference.bundle.Bundle.predict`, with None for what is not finite.

        An interval is infinite where too few rows were there to tell its width. JSON has no word for that.

        Raises:
            MlflowException: if the table breaks a rule; a server answers it with status 400 and the rule.
        """
        try:
            predictions = self.bundle.predict(*two_tables(self.bundle, model_input))
        except DataError as error:
            raise MlflowException.invalid_parameter_value(str(error)) from error
        numbers = predictions.select_dtypes("number")
        endless = [str(name) for name in numbers if not np.isfinite(numbers[name]).all()]
        return predictions.assign(
            **{name: numbers[name].astype(object).where(np.isfinite(numbers[name]), None) for name in endless}
        )


set_model(BundleModel())
