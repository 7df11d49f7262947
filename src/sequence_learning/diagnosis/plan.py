"""What to measure: every model on every task, with every seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sequence_learning.diagnosis.parameters import DiagnosisParameters
from sequence_learning.diagnosis.trial import Rows, Trial
from sequence_learning.parameters import Change, EncoderParameters, ModelParameters, TrainingParameters
from sequence_learning.tasks.parameters import TaskParameters

_TRAIN_PER_VALIDATION = 4
_FEWEST_EPOCHS = 8
_MOST_TIMES = 15


@dataclass(frozen=True)
class Bench:
    """What trials have in common: the configuration, and what the diagnosis changes of it.

    Attributes:
        encoders: as configured, by name.
        model: the rest of the model.
        training: likewise.
        diagnosis: tasks, sizes and seeds.
    """

    encoders: Mapping[str, EncoderParameters]
    model: ModelParameters
    training: TrainingParameters
    diagnosis: DiagnosisParameters

    @classmethod
    def of(
        cls,
        encoders: Mapping[str, Any],
        model: ModelParameters,
        training: TrainingParameters,
        diagnosis: DiagnosisParameters,
    ) -> "Bench":
        """From blocks of parameters."""
        return cls(
            encoders={name: EncoderParameters.model_validate(block) for name, block in encoders.items()},
            model=model,
            training=TrainingParameters.model_validate(training.model_dump() | diagnosis.training),
            diagnosis=diagnosis,
        )

    def task(self, name: str, **options: Any) -> TaskParameters:  # noqa: ANN401
        """A task with the diagnosis's options for it, and these."""
        own = self.diagnosis.tasks.get(name, {})
        return TaskParameters.model_validate({"name": name} | self.diagnosis.options | own | options)

    def plain(self, name: str, **options: Any) -> TaskParameters:  # noqa: ANN401
        """The task as a claim needs it: regression with nothing missing, whatever the diagnosis measures."""
        return self.task(name, **({"target": "regression", "missing": 0.0} | options))

    def arms(self, task: TaskParameters, *encoders: str) -> dict[str, list[Trial]]:
        """Encoders as configured on one task, by their names."""
        return {encoder: self.trials(task, encoder) for encoder in encoders}

    def trials(
        self,
        task: TaskParameters,
        encoder: str,
        change: Change | None = None,
        *,
        name: str | None = None,
        rows: Rows | None = None,
        outlier: float | None = None,
    ) -> list[Trial]:
        """One model on one task, once per seed.

        Args:
            task: see :meth:`task`.
            encoder: which of the configured ones.
            change: to its configuration, that of the rest of the model, and of training.
            name: of the model in results; the encoder's, if not given.
            rows: sizes, if not the diagnosis's own.
            outlier: see :class:`~sequence_learning.diagnosis.trial.Trial`.

        Raises:
            ValueError: if the encoder is not configured, the change does not fit it, or it does not fit the task.
        """
        if encoder not in self.encoders:
            raise ValueError(
                f"a model of the diagnosis must be a configured encoder, got {encoder!r}; "
                f"use one of: {', '.join(self.encoders)}"
            )
        change = change or Change()
        changed = EncoderParameters.model_validate(self.encoders[encoder].model_dump() | change.encoder)
        if changed.config.needs_ages and not task.build().has_times:
            raise ValueError(
                f"an encoder that weighs by time needs a task with times, got {encoder} on {task.name}; set its unit "
                "to steps, and measure its form in time as a variant (diagnosis.variants) on irregular_time"
            )
        training = self.training.model_dump() | self.diagnosis.training_on.get(task.name, {})
        return [
            Trial(
                task=task,
                rows=rows or self.diagnosis.rows,
                name=name or encoder,
                encoder=changed,
                model=ModelParameters.model_validate(self.model.model_dump() | change.model),
                training=TrainingParameters.model_validate(training | change.training),
                seed=seed,
                outlier=outlier,
            )
            for seed in self.diagnosis.seeds
        ]

    def sized(self, train_rows: int) -> tuple[Rows, Change]:
        """Another number of training rows, and the change that keeps the number of optimisation steps.

        Validation rows become fewer with them; epochs become more, so that few rows are not few steps as well, and
        patience with them.
        """
        own, training = self.diagnosis.rows, self.training
        rows = own.model_copy(
            update={"train": train_rows, "validation": max(1, min(own.validation, train_rows // _TRAIN_PER_VALIDATION))}
        )
        epochs = max(_FEWEST_EPOCHS, round(training.max_epochs * own.train / train_rows))
        epochs = min(epochs, training.max_epochs * _MOST_TIMES)
        patience = max(training.patience, epochs // 4)
        return rows, Change(training={"max_epochs": epochs, "patience": patience})


def plan_matrix(bench: Bench) -> list[Trial]:
    """Every encoder on every task, and every variant on its own; trials that share tables follow each other.

    Raises:
        ValueError: if a variant has the name of an encoder, changes one that is not configured, or does not fit it.
    """
    taken = [name for name in bench.diagnosis.variants if name in bench.encoders]
    if taken:
        raise ValueError(f"variants must have names of their own, got {', '.join(taken)}; rename those of encoders")
    trials = []
    for name in bench.diagnosis.tasks:
        task = bench.task(name)
        for encoder in bench.encoders:
            trials += bench.trials(task, encoder)
        for variant_name, variant in bench.diagnosis.variants.items():
            if name in variant.tasks:
                trials += bench.trials(task, variant.of, variant.change, name=variant_name)
    order = list(bench.diagnosis.tasks)
    return sorted(trials, key=lambda trial: (order.index(trial.task.name), trial.seed))
