"""A run in which fits failed ends as failed, once everything else is written."""

import pandas as pd
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from sequence_learning.fits.outcomes import FitsFailedError, describe

#: What nodes that fit say of it.
FAILED_TABLES = ("failed_fits", "failed_fits_blind_to_time", "failed_ablation_fits")


class FailedFits:
    """Raises after the last of what other hooks do."""

    @hook_impl(trylast=True)
    def after_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Say which fits failed.

        Raises:
            FitsFailedError: if any did; a script then sees it by the exit code.
        """
        failed = failed_in(pipeline, catalog)
        if len(failed):
            raise FitsFailedError(
                f"every fit must succeed, but these did not: {describe(failed)}. All else is written, as far as "
                "it does without them; run again to try only these once more"
            )


def failed_in(pipeline: Pipeline, catalog: DataCatalog) -> pd.DataFrame:
    """The fits that failed in a run of this pipeline; none if it fitted nothing."""
    nothing = pd.DataFrame(columns=["model", "seed", "reason"])
    tables: list[pd.DataFrame] = [catalog.load(table) for table in FAILED_TABLES if table in pipeline.all_outputs()]
    whole: pd.DataFrame = pd.concat([table for table in tables if len(table)] or [nothing], ignore_index=True)
    return whole
