"""Predictions of models whose true scores are known, with test rows and seeds drawn at random.

A row has features ``f`` and a latent target ``sum(f) + noise``. A seed of a model draws the coefficients of ``f`` anew
around 1; besides, every model has an error of its own in each row, which all of its seeds share.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sequence_learning.parameters import Task

N_FEATURES = 6
NOISE = 1.0  # standard deviation of the latent target that no model can know


@dataclass(frozen=True)
class World:
    """Where test rows and seeds come from.

    Attributes:
        task: ``regression`` of the latent target, or ``binary``: whether it is positive.
        n_seeds: of each model.
        n_groups: that rows belong to.
        group_size: rows of each; what is random of a row is half that of its group, if it has more than one row.
        spread: standard deviation of a seed's coefficients.
    """

    task: Task
    n_seeds: int
    n_groups: int
    group_size: int = 1
    spread: float = 0.15

    def draw(self, rng: np.random.Generator, own_errors: dict[str, float]) -> dict[str, pd.DataFrame]:
        """Test predictions of models with errors of their own of these sizes, on the same rows."""
        features, latent = self._normal(rng, N_FEATURES), NOISE * self._normal(rng, 1)[:, 0]
        latent += features.sum(axis=1)
        target = latent if self.task == "regression" else (latent > 0).astype(np.int64)
        n = len(target)
        tables = {}
        for name, size in own_errors.items():
            coefficients = 1 + self.spread * rng.standard_normal((N_FEATURES, self.n_seeds))
            output = (features @ coefficients + size * self._normal(rng, 1)).T.ravel()
            columns = {"prediction": output}
            if self.task == "binary":
                positive = 1 / (1 + np.exp(-output))
                columns = {"p_0": 1 - positive, "p_1": positive}
            tables[name] = pd.DataFrame(
                {
                    "id": np.tile(np.arange(n), self.n_seeds),
                    "seed": np.repeat(np.arange(self.n_seeds), n),
                    "target": np.tile(target, self.n_seeds),
                    **columns,
                }
            )
        return tables

    def groups(self) -> "pd.Series[int]":
        """The group of each row."""
        return pd.Series(np.repeat(np.arange(self.n_groups), self.group_size))

    def truth(self, own_error: float) -> float:
        """The score over all rows and seeds there could be.

        R² in closed form. The area under the curve of a variable that is normal together with the latent one, with
        correlation ``r``, is ``1/2 + 2/π asin(r / √2)`` (the probability of an orthant); its mean is over many seeds.
        """
        variance = N_FEATURES + NOISE**2
        if self.task == "regression":
            return 1 - (N_FEATURES * self.spread**2 + own_error**2 + NOISE**2) / variance
        coefficients = 1 + self.spread * np.random.default_rng(0).standard_normal((N_FEATURES, 200_000))
        spread = np.sqrt((coefficients**2).sum(axis=0) + own_error**2)
        correlation = coefficients.sum(axis=0) / spread / np.sqrt(variance)
        return float((0.5 + 2 / np.pi * np.arcsin(correlation / np.sqrt(2))).mean())

    def _normal(self, rng: np.random.Generator, n_columns: int) -> np.ndarray:
        own = rng.standard_normal((self.n_groups * self.group_size, n_columns))
        if self.group_size == 1:
            return own
        shared = rng.standard_normal((self.n_groups, n_columns)).repeat(self.group_size, axis=0)
        return (own + shared) / np.sqrt(2)
