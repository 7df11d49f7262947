"""Which searches there are."""

from collections.abc import Mapping
from dataclasses import dataclass

from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.configuration import Configuration
from sequence_learning.tuning import TUNABLE
from sequence_learning.tuning.errors import TuningError
from sequence_learning.tuning.key import key_of, key_of_data
from sequence_learning.tuning.parameters import Dimension, SearchSpaces, TuningParameters
from sequence_learning.tuning.space import check_space, space_of


@dataclass(frozen=True)
class Search:
    """One search of one model.

    Attributes:
        configuration: the model as configured: the first trial.
        space: the options that are searched, by names such as ``encoder.hidden_size``.
        seed: of the draws, and of every fit.
        tuning: the budget, which is every model's.
        data: key of the training and validation rows.
    """

    configuration: Configuration
    space: Mapping[str, Dimension]
    seed: int
    tuning: TuningParameters
    data: str

    @property
    def model(self) -> str:
        """Name of the model."""
        return self.configuration.name

    @property
    def title(self) -> str:
        """For a progress bar."""
        return f"{self.model} search {self.seed}"

    @property
    def key(self) -> str:
        """A hash of all that the search depends on; not of how many others there are, nor of workers."""
        others = {"use", "models", "searches"}
        given = {
            "configured": self.configuration.parts,
            "space": {name: dimension.model_dump(mode="json") for name, dimension in self.space.items()},
            "seed": self.seed,
            "tuning": self.tuning.model_dump(mode="json", exclude=others),
            "data": self.data,
        }
        return key_of(self.model, given)


def plan_searches(
    model_input: ModelInput, tuning: TuningParameters, spaces: SearchSpaces, configured: Mapping[str, Configuration]
) -> list[Search]:
    """Every search of every model that is tuned; mistakes show before anything is trained.

    Raises:
        TuningError: if a model is not configured, or its space does not fit it.
    """
    names = tuning.models if tuning.models is not None else [name for name in TUNABLE if name in configured]
    missing = [name for name in names if name not in configured]
    if missing:
        raise TuningError(
            f"models that are tuned must be configured, got {', '.join(missing)}; add their blocks to conf/, or name "
            f"in tuning.models some of: {', '.join(configured)}"
        )
    data = key_of_data(model_input)
    plan = []
    for name in names:
        space = space_of(spaces, name)
        if not space:
            raise TuningError(
                f"a model that is tuned needs options to search, got none of {name}; add some to "
                f"search_spaces.models.{name}, or leave {name} out of tuning.models"
            )
        check_space(model_input, configured[name], space)
        plan += [Search(configured[name], space, seed, tuning, data) for seed in range(tuning.searches)]
    return plan
