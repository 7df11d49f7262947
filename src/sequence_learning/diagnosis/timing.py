"""Time of encoders against the length of the sequences."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from sequence_learning.diagnosis.parameters import TimingParameters
from sequence_learning.parameters import EncoderParameters

Mode = Literal["prediction", "training"]

#: Encoders that transform every step.
TIMED = ("cnn", "lstm", "gru", "state_space", "transformer")
_CHANNELS = 8


@dataclass(frozen=True)
class Timings:
    """Median times.

    Attributes:
        table: columns ``encoder``, ``mode`` (``prediction``: one forward pass; ``training``: forward and backward),
            ``length``, ``milliseconds``.
        batch_size: sequences per call.
    """

    table: pd.DataFrame
    batch_size: int

    @property
    def lengths(self) -> list[int]:
        """Those measured, ascending."""
        return sorted(int(length) for length in self.table["length"].unique())

    def milliseconds(self, encoder: str, mode: Mode, length: int) -> float:
        """Median time of one call."""
        table = self.table
        chosen = (table["encoder"] == encoder) & (table["mode"] == mode) & (table["length"] == length)
        return float(table.loc[chosen, "milliseconds"].iloc[0])

    def exponent(self, encoder: str, mode: Mode) -> float:
        """``k`` where time grows as ``length ** k`` between the two longest lengths."""
        shorter, longer = self.lengths[-2:]
        ratio = self.milliseconds(encoder, mode, longer) / self.milliseconds(encoder, mode, shorter)
        return float(np.log(ratio) / np.log(longer / shorter))


def measure_timings(encoders: Mapping[str, EncoderParameters], parameters: TimingParameters) -> Timings:
    """Time the encoders of :data:`TIMED`, on one CPU thread and random readings.

    Encoders take turns at each length, so that a machine that slows down hits all alike.

    Raises:
        ValueError: if one of them is not configured.
    """
    import torch
    from torch.utils.benchmark import Timer

    from sequence_learning.encoders import encoder_class
    from sequence_learning.training.threads import single_thread

    unknown = [name for name in TIMED if name not in encoders]
    if unknown:
        raise ValueError(f"encoders that are timed must be configured, got no {', '.join(unknown)}; add their blocks")
    rows = []
    with single_thread():
        for length in parameters.lengths:
            x_seq = torch.randn(parameters.batch_size, length, _CHANNELS)
            lengths = torch.full((parameters.batch_size,), length)
            for name in TIMED:
                torch.manual_seed(0)
                encoder = encoder_class(name)(_CHANNELS, encoders[name].config)
                for mode, call in _CALLS.items():
                    encoder.train(mode == "training")
                    timer = Timer(call, globals={"torch": torch, "encoder": encoder, "x": x_seq, "n": lengths})
                    measured = timer.blocked_autorange(min_run_time=parameters.seconds)
                    rows.append(
                        {"encoder": name, "mode": mode, "length": length, "milliseconds": measured.median * 1e3}
                    )
    return Timings(pd.DataFrame(rows), parameters.batch_size)


_CALLS: dict[Mode, str] = {
    "prediction": "with torch.inference_mode(): encoder(x, n)",
    "training": "encoder.zero_grad(); encoder(x, n).square().sum().backward()",
}
