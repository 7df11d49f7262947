"""Nodes of the certification pipeline. PyTorch is imported when a node runs, not when it is listed."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sequence_learning.certificates import plot
from sequence_learning.parameters import EncoderParameters


def certify_encoders(encoders: dict[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Certify each encoder as it is configured, and every documented variant.

    Returns:
        The table of certificates, twice: for Parquet and for JSON.
    """
    from sequence_learning.certificates.certify import CONFIGURED, all_variants, certify
    from sequence_learning.certificates.subject import Subject

    # Kedro checks single blocks against their types, not a dictionary of them.
    checked = [EncoderParameters.model_validate(block) for block in encoders.values()]
    configured = [Subject.of(encoder.name, CONFIGURED, encoder.options) for encoder in checked]
    table = certify(configured + all_variants())
    return table, table


def plot_certificates(certificates: pd.DataFrame) -> go.Figure:
    """Variants by certificates: which hold, which are broken, which do not apply."""
    return plot.plot_certificates(certificates)
