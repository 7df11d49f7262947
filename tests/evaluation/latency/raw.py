"""Small raw tables, and what they become: some entities have no events, and ids are text."""

import pandas as pd

from sequence_learning.evaluation.latency.rows import RawTables
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.transformer import FeatureTransformer
from sequence_learning.parameters import FeatureParameters, SchemaParameters, SyntheticParameters
from sequence_learning.tasks.mixed import generate_mixed

N = 80
SCHEMA = SchemaParameters.model_validate(
    {
        "id": "id", "target": "target", "task": "regression", "numeric": ["tabular_*"], "categorical": ["segment"],
        "order": "step", "time": "step", "channels": ["channel_*"], "categorical_channels": ["kind"],
    }
)  # fmt: skip


def _prepare() -> tuple[RawTables, ModelInput]:
    sizes = {"num_samples": N, "min_length": 0, "max_length": 5, "num_channels": 2, "num_tabular": 2, "seed": 0}
    parameters = SyntheticParameters.model_validate({"source": "synthetic", "noise": 0.2, "missing": 0.1} | sizes)
    entities, events = (
        table.assign(id=("entity " + table["id"].astype(str))) for table in generate_mixed(parameters, "regression")
    )
    transformer = FeatureTransformer.fit(entities, events, SCHEMA, FeatureParameters())
    part = pd.Series((["train"] * 2 + ["validation", "test"]) * (N // 4))
    return RawTables(entities, events, transformer), transformer.transform(entities, events, part)


RAW, PREPARED = _prepare()
