import lightning
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from sequence_learning.batch import SequenceBatch
from sequence_learning.dataloaders import TabularSequenceDataset, create_dataloaders
from sequence_learning.features.model_input import ModelInput
from sequence_learning.metrics import ranking_score
from sequence_learning.training.module import SequenceModule, warm_up_and_cosine
from sequence_learning.training.predict import original_target, predict
from sequence_learning.training.quiet import quiet_lightning
from tests.builders import make_config, make_model_input, make_training


class Fixed(torch.nn.Module):
    """Gives the same outputs ``(B, M, C)`` for every batch."""

    def __init__(self, output: torch.Tensor) -> None:
        super().__init__()
        self.output = output

    def members(self, batch: SequenceBatch) -> torch.Tensor:
        return self.output

    def forward(self, batch: SequenceBatch) -> torch.Tensor:
        return self.output.mean(dim=1)


def expected_loss(task: str, output: torch.Tensor, target: np.ndarray) -> float:
    if task == "regression":
        return float(np.square(output[:, 0].numpy() - target).mean())
    if task == "binary":
        return float(log_loss(target, output[:, 0].double().sigmoid(), labels=[0, 1]))
    return float(log_loss(target, output.double().softmax(dim=1), labels=[0, 1, 2]))


@pytest.mark.parametrize("n_members", [1, 3])
def test_each_member_is_trained_by_itself_and_their_mean_is_validated(
    model_input: ModelInput, n_members: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = TabularSequenceDataset(model_input).__getitems__([0, 1, 2, 3, 4])
    task, target = model_input.target_spec.task, batch.target.numpy()
    generator = torch.Generator().manual_seed(0)
    output = torch.randn(5, n_members, model_input.spec.n_outputs, generator=generator)
    module = SequenceModule(Fixed(output), model_input.target_spec, make_training())
    logged: dict[str, float] = {}
    monkeypatch.setattr(module, "log", lambda name, loss, **_: logged.update({name: loss.item()}))
    module.training_step(batch, 0)
    module.validation_step(batch, 0)
    by_member = [expected_loss(task, output[:, m], target) for m in range(n_members)]
    assert logged["train_loss"] == pytest.approx(np.mean(by_member), rel=1e-5)
    assert logged["val_loss"] == pytest.approx(expected_loss(task, output.mean(dim=1), target), rel=1e-5)


def test_the_score_is_of_all_validation_rows_together(model_input: ModelInput) -> None:
    config = make_config(model_input)
    module = SequenceModule(config.build_model(), config.target_spec, make_training(batch_size=5))
    loaders = create_dataloaders(model_input, 5)
    with quiet_lightning():
        trainer = lightning.Trainer(
            accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False
        )
        trainer.validate(module, loaders["validation"], verbose=False)
    rows = model_input.rows("validation")
    table = pd.DataFrame(
        {"target": original_target(model_input, rows)} | predict(module.model.eval(), model_input, rows)
    )
    assert module.val_score == pytest.approx(ranking_score(config.target_spec.task, table))


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_an_output_that_is_not_finite_has_no_score(
    model_input: ModelInput, broken: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = torch.zeros(5, 1, model_input.spec.n_outputs)
    output[3] = broken
    module = SequenceModule(Fixed(output), model_input.target_spec, make_training())
    monkeypatch.setattr(module, "log", lambda *_, **__: None)
    module.validation_step(TabularSequenceDataset(model_input).__getitems__([0, 1, 2, 3, 4]), 0)
    module.on_validation_epoch_end()
    assert np.isnan(module.val_score)


@given(n_steps=st.integers(1, 500))
def test_the_learning_rate_rises_to_its_peak_in_a_tenth_and_then_falls(n_steps: int) -> None:
    share = np.array([warm_up_and_cosine(step, n_steps) for step in range(n_steps)])
    peak = int(share.argmax())
    assert share[peak] == 1
    assert peak <= 0.1 * n_steps + 0.5
    assert (share > 0).all()
    assert (np.diff(share[: peak + 1]) > 0).all()
    assert (np.diff(share[peak + 1 :]) < 0).all()


def test_the_learning_rate_at_chosen_steps() -> None:
    shares = [warm_up_and_cosine(step, 100) for step in (0, 4, 9, 10, 55, 100, 1000)]
    assert shares == pytest.approx([0.1, 0.5, 1.0, 1.0, 0.5, 0.0, 0.0])


@pytest.fixture(scope="module")
def trainer() -> lightning.Trainer:
    """After two epochs of four steps."""
    model_input = make_model_input()
    parameters = make_training(learning_rate=0.5, weight_decay=0.25)
    with quiet_lightning():
        trainer = lightning.Trainer(
            max_epochs=2, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False
        )
        loaders = create_dataloaders(model_input, parameters.batch_size)
        model = make_config(model_input, "transformer").build_model()
        module = SequenceModule(model, model_input.target_spec, parameters)
        trainer.fit(module, loaders["train"], loaders["validation"])
    return trainer


def test_weight_decay_acts_on_every_matrix_and_on_nothing_else(trainer: lightning.Trainer) -> None:
    decayed, free = trainer.optimizers[0].param_groups
    assert (decayed["weight_decay"], free["weight_decay"]) == (0.25, 0.0)
    assert all(p.ndim >= 2 for p in decayed["params"])
    assert all(p.ndim < 2 for p in free["params"])
    n_parameters = len(list(trainer.model.parameters()))
    assert len(decayed["params"]) + len(free["params"]) == n_parameters


def test_the_schedule_takes_as_many_steps_as_the_training(trainer: lightning.Trainer) -> None:
    assert trainer.global_step == 8
    assert trainer.lr_scheduler_configs[0].scheduler.get_last_lr() == pytest.approx([0.0, 0.0])
