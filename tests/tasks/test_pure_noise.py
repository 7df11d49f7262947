import numpy as np
import pytest

from tests.tasks.known_truth import draw


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_all_of_the_target_is_noise_whatever_the_share(noise: float, missing: float) -> None:
    truth = draw("pure_noise", num_samples=4000, noise=noise, missing=missing)

    assert (truth.best == 0).all()
    assert truth.unexplained == 1
    assert truth.entities["target"].var() == pytest.approx(1, abs=0.1)
    assert abs(truth.entities["target"].mean()) < 4 / np.sqrt(4000)


def test_both_classes_are_as_likely_for_everyone() -> None:
    assert (draw("pure_noise", target="binary").best == 0.5).all()


def test_the_target_follows_no_column() -> None:
    truth = draw("pure_noise", num_samples=4000, min_length=1)
    columns = truth.events.groupby("id")[["channel_0", "channel_1", "channel_2"]].mean()
    columns = columns.join(truth.entities.set_index("id")[["tabular_0", "tabular_1"]])

    assert columns.corrwith(truth.entities.set_index("id")["target"]).abs().max() < 4 / np.sqrt(4000)
