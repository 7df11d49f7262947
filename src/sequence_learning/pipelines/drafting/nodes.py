"""Node of the drafting pipeline."""

import pandas as pd

from sequence_learning.drafting.infer import infer_schema
from sequence_learning.drafting.page import to_yaml
from sequence_learning.drafting.parameters import DraftParameters


def draft_schema(entities: pd.DataFrame, events: pd.DataFrame, draft: DraftParameters) -> str:
    """A block ``schema`` with reasons, as YAML."""
    return to_yaml(infer_schema(entities, events, draft.target))
