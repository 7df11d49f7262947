from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from sequence_learning.batch import RaggedBatch, SequenceBatch
from sequence_learning.dataloaders import TabularSequenceDataset
from sequence_learning.features.model_input import ModelInput
from sequence_learning.metrics import ranking_score
from sequence_learning.parameters import ModelParameters
from sequence_learning.training.loop import TrainingLoop, _backward
from sequence_learning.training.predict import original_target, predict
from sequence_learning.training.schedule import cosine, warm_up
from sequence_learning.training.threads import single_thread
from tests.builders import make_config, make_model_input, make_training

DATA = make_model_input()
PEAK = 0.01
Weights = dict[str, torch.Tensor]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with single_thread():
        yield


def make_loop(data: ModelInput = DATA, **training: Any) -> TrainingLoop:
    return TrainingLoop(data, make_config(data), make_training(learning_rate=PEAK, **training))


def weights_of(loop: TrainingLoop) -> Weights:
    return {name: tensor.clone() for name, tensor in loop.model.state_dict().items()}


def validate_as(loop: TrainingLoop, losses: list[float], monkeypatch: pytest.MonkeyPatch) -> list[Weights]:
    """Let validation give these losses; the weights that are validated go into the list."""
    left, validated = iter(losses), []

    def validate() -> tuple[float, float]:
        validated.append(weights_of(loop))
        return next(left), 0.0

    monkeypatch.setattr(loop, "_validate", validate)
    return validated


def rate_of(loop: TrainingLoop) -> float:
    """That of the last step."""
    (rate,) = {group["lr"] for group in loop._optimizer.param_groups}
    return float(rate)


def test_the_score_is_of_all_validation_rows_together(model_input: ModelInput) -> None:
    loop = make_loop(model_input)
    _, score = loop._validate()
    rows = model_input.rows("validation")
    columns = predict(loop.model.eval(), model_input, rows)
    table = pd.DataFrame({"target": original_target(model_input, rows)} | columns)
    assert score == pytest.approx(ranking_score(model_input.target_spec.task, table))


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_an_output_that_is_not_finite_has_no_score(model_input: ModelInput, broken: float) -> None:
    loop = make_loop(model_input)
    torch.nn.init.constant_(loop.model.head[-1].bias, broken)
    assert np.isnan(loop._validate()[1])


def test_of_an_ensemble_the_mean_of_the_members_is_validated() -> None:
    config = make_config(DATA)
    ensemble = config.model_copy(update={"model": ModelParameters(backbone="tabm", n_members=3, d_tabular=8, d_head=8)})
    loop = TrainingLoop(DATA, ensemble, make_training())
    loss, _ = loop._validate()
    rows = DATA.rows("validation")
    members = loop.model.eval().members(TabularSequenceDataset(DATA, rows).__getitems__(range(len(rows))))
    error = members.mean(dim=1).squeeze(1).detach().numpy() - DATA.target[rows]
    assert loss == pytest.approx(np.square(error).mean(), rel=1e-5)
    assert members.std(dim=1).min() > 0


def test_an_epoch_learns_from_every_row_but_the_last_incomplete_batch() -> None:
    loop = make_loop(batch_size=8)
    served: list[SequenceBatch] = []
    step = loop._module.training_step
    loop._module.training_step = lambda batch, i: served.extend(batch) or step(batch, i)
    loop.epoch()
    assert sum(map(len, served)) == loop.progress.rows_seen == 32
    assert loop.progress.step == 4
    numbers = np.concatenate([bucket.numeric[:, 0].numpy() for bucket in served])
    assert len(set(numbers)) == 32
    assert set(numbers) <= set(DATA.numeric[DATA.rows("train"), 0])


def test_the_training_loss_is_a_mean_over_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    data = replace(DATA, part=np.array([0] * 40 + [1] * 20, dtype=np.uint8))
    loop = make_loop(data, batch_size=10)
    losses: list[float] = []
    step = loop._module.training_step

    def listen(batch: tuple[SequenceBatch, ...], i: int) -> torch.Tensor:
        loss = step(batch, i)
        losses.append(loss.item())
        return loss

    loop._module.training_step = listen
    assert loop.epoch()["train_loss"] == pytest.approx(np.mean(losses), rel=1e-6)
    assert len(losses) == 4


def test_the_cosine_takes_as_many_steps_as_the_training() -> None:
    loop = make_loop(max_epochs=3)
    rates = []
    while not loop.ended:
        loop.epoch()
        rates.append(rate_of(loop))
    expected = [PEAK * warm_up(step, 1) * cosine(step, 1, 12) for step in (3, 7, 11)]
    assert rates == pytest.approx(expected)
    assert 0 < rates[-1] < 0.05 * PEAK


@pytest.mark.parametrize(("share", "steps"), [(0.0, 0), (0.5, 6), (0.9, 11)])
def test_the_learning_rate_rises_over_a_share_of_the_steps(share: float, steps: int) -> None:
    loop = make_loop(max_epochs=3, warm_up=share)
    loop.epoch()  # of four steps
    assert rate_of(loop) == pytest.approx(PEAK * warm_up(3, steps) * cosine(3, steps, 12))


def test_a_plateau_halves_the_learning_rate_after_every_epoch_without_improvement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = make_loop(schedule="plateau", max_epochs=8, patience=8)
    validate_as(loop, [1.0, 0.9, 0.95, 0.8, 0.8, float("nan"), 0.7, 0.6], monkeypatch)
    rates = []
    while not loop.ended:
        loop.epoch()
        rates.append(rate_of(loop) / PEAK)
    # The first tenth of the 32 steps, in which it rises, is over within the first epoch.
    assert rates == [1, 1, 1, 0.5, 0.5, 0.25, 0.125, 0.125]
    assert loop.progress.reductions == 3


def test_on_a_cosine_an_epoch_without_improvement_halves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = make_loop(max_epochs=3)
    validate_as(loop, [1.0, 2.0, 3.0], monkeypatch)
    while not loop.ended:
        loop.epoch()
    assert loop.progress.reductions == 0


@pytest.mark.parametrize(
    ("losses", "n_epochs", "best_epoch"),
    [
        ([3.0, 2.0, 1.0, 4.0], 4, 2),
        ([3.0, 3.0, 3.0, 1.0], 3, 0),  # as low is no lower
        ([float("nan"), 5.0, 6.0, 4.0], 4, 3),
        ([float("nan"), float("inf"), 1.0, 1.0], 2, -1),
    ],
)
def test_training_ends_when_patience_does_and_keeps_the_epoch_of_the_lowest_loss(
    losses: list[float], n_epochs: int, best_epoch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = make_loop(max_epochs=4, patience=2)
    validated = validate_as(loop, losses, monkeypatch)
    while not loop.ended:
        loop.epoch()
    assert (loop.progress.epoch, loop.progress.best_epoch) == (n_epochs, best_epoch)
    assert bool(loop.kept) == (best_epoch >= 0)
    for name, tensor in loop.kept.items():
        assert torch.equal(tensor, validated[best_epoch][name])


def test_the_last_epoch_is_kept_where_that_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    loop = make_loop(max_epochs=4, patience=2, keep="last")
    validated = validate_as(loop, [1.0, 2.0, 3.0], monkeypatch)
    while not loop.ended:
        loop.epoch()
    assert (loop.progress.best_epoch, loop.kept_epoch) == (0, 2)
    loop.save(tmp_path / "state")
    again = make_loop(max_epochs=4, patience=2, keep="last")
    again.restore(tmp_path / "state")
    assert again.kept_epoch == 2
    assert again.kept.keys() == validated[2].keys()
    for name, tensor in again.kept.items():
        assert torch.equal(tensor, validated[2][name])


def test_what_is_validated_and_kept_is_the_average_over_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    # One step an epoch, so that the weights after every step are seen.
    loop = make_loop(ema_decay=0.5, batch_size=36, max_epochs=12)
    validated = validate_as(loop, [float(-epoch) for epoch in range(12)], monkeypatch)
    average = weights_of(loop)
    for step in range(1, 13):
        loop.epoch()
        decay = min(0.5, (1 + step) / (10 + step))
        latest = weights_of(loop)
        for name, tensor in latest.items():
            if not tensor.is_floating_point():
                average[name] = tensor
                continue
            average[name] = decay * average[name] + (1 - decay) * tensor
            torch.testing.assert_close(validated[-1][name], average[name], rtol=1e-4, atol=1e-6)
        matrix = "encoder.rnn.weight_hh_l0"
        assert not torch.allclose(validated[-1][matrix], latest[matrix], rtol=1e-3)
        assert torch.equal(loop.kept[matrix], validated[-1][matrix])


def test_early_on_the_average_forgets_the_random_weights_that_training_starts_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = make_loop(ema_decay=0.999, max_epochs=5)
    validated = validate_as(loop, [5.0, 4.0, 3.0, 2.0, 1.0], monkeypatch)
    start = weights_of(loop)["head.0.weight"]
    while not loop.ended:
        loop.epoch()
    latest, average = weights_of(loop)["head.0.weight"], validated[-1]["head.0.weight"]
    # With a decay of 0.999 throughout, twenty steps would have brought it a fiftieth of the way.
    assert torch.dist(start, average) > 0.5 * torch.dist(start, latest)


def test_without_averaging_the_latest_weights_are_validated(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = make_loop()
    validated = validate_as(loop, [1.0, 2.0], monkeypatch)
    for _ in range(2):
        loop.epoch()
        assert all(torch.equal(tensor, validated[-1][name]) for name, tensor in weights_of(loop).items())


def test_gradients_are_clipped_to_the_largest_norm_that_is_allowed() -> None:
    loop = make_loop(gradient_clip=1e-3, batch_size=36)
    loop.epoch()
    norm = torch.stack([p.grad.norm() for p in loop.model.parameters() if p.grad is not None]).norm()
    assert norm.item() == pytest.approx(1e-3, rel=1e-3)


def test_rows_of_a_class_count_by_its_weight_in_training_and_validation() -> None:
    data = make_model_input("binary")
    rare = replace(data, target=(np.arange(60) % 12 == 0).astype(np.float32))
    rows = rare.rows("validation")
    for class_weights, weight in (("none", [1.0, 1.0]), ("balanced", [36 / 33 / 2, 36 / 3 / 2])):
        loop = make_loop(rare, class_weights=class_weights)
        loss, _ = loop._validate()
        p = predict(loop.model.eval(), rare, rows)["p_1"]
        target = rare.target[rows]
        expected = -np.log(np.where(target == 1, p, 1 - p)) * np.array(weight)[target.astype(int)]
        assert loss == pytest.approx(expected.mean(), rel=1e-5)


@pytest.mark.parametrize(
    ("encoder", "precision", "ragged"),
    [("statistical_aggregation", "32", True), ("statistical_aggregation", "bf16", False), ("gru", "32", False)],
)
def test_poolings_train_without_padding_in_32_bits(encoder: str, precision: str, ragged: bool) -> None:
    loop = TrainingLoop(DATA, make_config(DATA, encoder=encoder), make_training(precision=precision))
    batch = next(iter(loop._loader))
    assert all(isinstance(part, RaggedBatch) == ragged for part in batch)


def test_every_epoch_of_every_seed_draws_dropout_of_its_own() -> None:
    seeds = set()
    for seed in range(2):
        loop = TrainingLoop(DATA, make_config(DATA, seed=seed), make_training())
        for _ in range(2):
            loop.epoch()
            seeds.add(torch.initial_seed())
    assert len(seeds) == 4


@pytest.mark.parametrize("precision", ["32", "bf16"])
def test_training_computes_in_the_precision_that_is_asked_for(precision: str) -> None:
    loop = TrainingLoop(DATA, make_config(DATA), make_training(precision=precision))
    found = set()
    loop.model.head[0].register_forward_hook(lambda module, inputs, output: found.add(output.dtype))
    loop._train()
    assert found == {torch.float32 if precision == "32" else torch.bfloat16}


def test_what_was_stored_on_a_device_of_another_kind_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    stored, loop = make_loop(), make_loop()
    stored.epoch()
    whole = stored._optimizer.state_dict()
    moments = {"step": torch.tensor(1.0), "exp_avg": torch.zeros(2), "exp_avg_sq": torch.zeros(2)}
    stored._optimizer.state_dict = lambda: {**whole, "state": {0: moments}}
    stored.save(tmp_path / "state.safetensors")
    before = weights_of(loop)
    with pytest.raises(ValueError, match="must go on on a device of the kind on which it was stored, got moments of"):
        loop.restore(tmp_path / "state.safetensors")
    assert loop.progress.epoch == 0
    for name, weight in weights_of(loop).items():
        assert torch.equal(weight, before[name])


def test_on_a_cpu_weights_are_moved_as_two_tensors() -> None:
    loop = make_loop()
    storages = {p.untyped_storage().data_ptr() for p in loop.model.parameters()}
    assert len(storages) == 2
    loop.epoch()
    loop.model.load_state_dict(weights_of(loop))
    assert {p.untyped_storage().data_ptr() for p in loop.model.parameters()} == storages


def test_gradients_of_one_process_are_those_of_backward() -> None:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    for backward in (_backward, torch.Tensor.backward) * 2:  # each adds up
        before = None if x.grad is None else x.grad.clone()
        backward(x.square().mean())
        assert x.grad is not None
        torch.testing.assert_close(x.grad - (0 if before is None else before), 2 / 3 * x.detach())
    loss = x.square().mean()
    _backward(loss)
    with pytest.raises(RuntimeError, match="second time"):  # what was kept for it is gone
        _backward(loss)
