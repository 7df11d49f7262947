import numpy as np
import pandas as pd
import pytest
import torch

from sequence_learning.diagnosis import timing
from sequence_learning.diagnosis.parameters import TimingParameters
from sequence_learning.diagnosis.timing import TIMED, Timings, measure_timings
from sequence_learning.parameters import EncoderParameters

#: Grows with the square of the length, and with its square root.
TABLE = pd.DataFrame(
    [
        ("transformer", mode, length, factor * length**2 / 100)
        for mode, factor in (("prediction", 1), ("training", 3))
        for length in (40, 10, 20)
    ]
    + [("gru", "prediction", length, 5 * length**0.5) for length in (40, 10, 20)],
    columns=["encoder", "mode", "length", "milliseconds"],
)


def test_a_time_is_found_by_encoder_mode_and_length() -> None:
    timings = Timings(TABLE, batch_size=8)
    assert timings.lengths == [10, 20, 40]
    assert timings.milliseconds("transformer", "prediction", 20) == 4
    assert timings.milliseconds("transformer", "training", 20) == 12
    assert timings.milliseconds("gru", "prediction", 40) == pytest.approx(5 * 40**0.5)


def test_the_exponent_is_that_between_the_two_longest() -> None:
    timings = Timings(TABLE, batch_size=8)
    assert timings.exponent("transformer", "prediction") == pytest.approx(2)
    assert timings.exponent("transformer", "training") == pytest.approx(2)
    assert timings.exponent("gru", "prediction") == pytest.approx(0.5)
    shortest_differs = TABLE.assign(milliseconds=TABLE["milliseconds"].where(TABLE["length"] > 10, 1e6))
    assert Timings(shortest_differs, batch_size=8).exponent("gru", "prediction") == pytest.approx(0.5)


def test_every_encoder_is_timed_in_both_modes_at_every_length_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    before = torch.get_num_threads()
    randn = torch.randn
    monkeypatch.setattr(torch, "randn", lambda *size: threads.append(torch.get_num_threads()) or randn(*size))
    encoders = {name: EncoderParameters(name=name) for name in (*TIMED, "tabular_only")}
    parameters = TimingParameters(lengths=(3, 5), batch_size=2, seconds=1e-4)
    timings = measure_timings(encoders, parameters)
    assert timings.batch_size == 2
    measured = list(map(tuple, timings.table[["encoder", "mode", "length"]].to_numpy()))
    # Encoders take turns at each length.
    assert measured == [(name, mode, n) for n in (3, 5) for name in TIMED for mode in ("prediction", "training")]
    assert (timings.table["milliseconds"] > 0).all()
    assert np.isfinite(timings.table["milliseconds"]).all()
    assert set(threads) == {1}
    assert torch.get_num_threads() == before


def test_an_encoder_that_is_not_configured_is_refused_before_any_is_timed() -> None:
    encoders = {name: EncoderParameters(name=name) for name in TIMED if name not in {"cnn", "state_space"}}
    parameters = TimingParameters(lengths=(3, 5), batch_size=2, seconds=1000)
    with pytest.raises(ValueError, match="must be configured, got no cnn, state_space; add their blocks"):
        measure_timings(encoders, parameters)


def test_a_longer_sequence_takes_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "TIMED", ("lstm",))
    parameters = TimingParameters(lengths=(2, 1000), batch_size=2, seconds=0.03)
    timings = measure_timings({"lstm": EncoderParameters(name="lstm")}, parameters)
    for mode in ("prediction", "training"):
        # Five hundred times the steps; the margin is for a busy machine.
        ratio = timings.milliseconds("lstm", mode, 1000) / timings.milliseconds("lstm", mode, 2)  # type: ignore[arg-type]
        assert ratio > 4
