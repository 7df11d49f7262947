import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline

from sequence_learning.fits.outcomes import FitsFailedError
from sequence_learning.hooks.failed_fits import FailedFits

FITTING = Pipeline(
    [
        Node(lambda data: data, "data", "failed_fits", name="fit"),
        Node(lambda data: data, "data", "failed_fits_blind_to_time", name="fit_blind"),
    ]
)
SCORING = Pipeline([Node(lambda data: data, "failed_fits", "scores", name="score")])


def catalog(**failed: list[object]) -> DataCatalog:
    table = pd.DataFrame(failed, columns=["model", "seed", "reason"])
    blind = table.head(1).assign(model="gru_blind")
    return DataCatalog({"failed_fits": MemoryDataset(table), "failed_fits_blind_to_time": MemoryDataset(blind)})


FAILED = catalog(model=["gru", "gru", "cnn"], seed=[0, 1, 1], reason=["a nan", "a nan", "OSError: full"])


def test_a_run_in_which_fits_failed_says_which_and_why() -> None:
    told = r"gru with seed 0, 1: a nan; cnn with seed 1: OSError: full; gru_blind with seed 0: a nan"
    message = rf"^every fit must succeed, .* {told}\. .* run again"
    with pytest.raises(FitsFailedError, match=message):
        FailedFits().after_pipeline_run(pipeline=FITTING, catalog=FAILED)


def test_nothing_is_said_if_none_failed_or_the_run_fitted_nothing() -> None:
    FailedFits().after_pipeline_run(pipeline=FITTING, catalog=catalog())
    FailedFits().after_pipeline_run(pipeline=SCORING, catalog=FAILED)
