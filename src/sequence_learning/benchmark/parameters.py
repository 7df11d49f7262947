"""Typed parameters of the benchmark."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from sequence_learning.encoders import ENCODERS
from sequence_learning.options import Options


class PoolParameters(Options):
    """How the queue of all fits is compared with the same fits one by one.

    Attributes:
        seeds: fits of each encoder.
        epochs: of each fit; none is stopped early.
        repeats: how often queue and plain loop take turns.
    """

    seeds: int = Field(3, ge=1)
    epochs: int = Field(3, ge=1)
    repeats: int = Field(2, ge=1)


class ClusterBenchmarkParameters(Options):
    """What ``kedro run --pipeline benchmark_cluster`` measures.

    Attributes:
        workers: sizes of the clusters, at least two.
        fits: that do nothing.
        megabytes: of a file that is copied.
    """

    workers: tuple[int, ...] = Field((1, 2), min_length=2)
    fits: int = Field(200, ge=8)
    megabytes: float = Field(1, gt=0)


class StreamBenchmarkParameters(Options):
    """What ``kedro run --pipeline benchmark_stream`` measures.

    Attributes:
        rows: the fewest.
        factors: by which there are more of them.
        length: events of a row, on average.
        channels: numbers of an event.
        table: whether the same is prepared as a table, too, all in memory.
        sample_events: as in ``features.stream``.
        sorting_mb: likewise.
        window_mb: likewise.
        encoder: that is trained. (One that learns nothing would read the events only once.)
    """

    rows: int = Field(20_000, ge=100)
    factors: tuple[Annotated[int, Field(ge=1)], ...] = Field((1, 4, 16), min_length=1)
    length: int = Field(50, ge=1)
    channels: int = Field(8, ge=1)
    table: bool = True
    sample_events: int = Field(250_000, ge=1)
    sorting_mb: int = Field(128, ge=64)
    window_mb: float = Field(32, gt=0)
    encoder: str = "learned_static_positional_weighting"

    @model_validator(mode="after")
    def _encoder_exists(self) -> Self:
        if self.encoder not in ENCODERS:
            raise ValueError(
                f"benchmark.stream.encoder must be registered, got {self.encoder}; use one of: {', '.join(ENCODERS)}"
            )
        return self


class BenchmarkParameters(Options):
    """What ``kedro run --pipeline benchmark`` measures.

    Attributes:
        encoders: names of configured encoders; all if empty. Those that weigh by time are left out.
        train_rows: rows of an epoch.
        validation_rows: validated after each.
        length: events of every row, where all are as long.
        median_length: of log-normal lengths.
        max_length: of the same, at least one row's.
        channels: numbers of an event.
        numeric: tabular numbers of a row.
        batch_size: rows of a step, of both loops.
        repeats: turns that both loops take.
        seconds: of a turn, at least; ours ends with an epoch.
        pool: the queue.
        cluster: what ``kedro run --pipeline benchmark_cluster`` measures instead.
        stream: what ``kedro run --pipeline benchmark_stream`` does.
    """

    encoders: tuple[str, ...] = ()
    train_rows: int = Field(4_096, ge=2)
    validation_rows: int = Field(512, ge=2)
    length: int = Field(50, ge=1)
    median_length: int = Field(10, ge=1)
    max_length: int = Field(245, ge=1)
    channels: int = Field(8, ge=1)
    numeric: int = Field(8, ge=1)
    batch_size: int = Field(256, ge=2)
    repeats: int = Field(5, ge=1)
    seconds: float = Field(1.0, gt=0)
    pool: PoolParameters = PoolParameters()
    cluster: ClusterBenchmarkParameters = ClusterBenchmarkParameters()
    stream: StreamBenchmarkParameters = StreamBenchmarkParameters()

    @model_validator(mode="after")
    def _encoders_exist(self) -> Self:
        unknown = [name for name in self.encoders if name not in ENCODERS]
        if unknown:
            raise ValueError(
                f"benchmark.encoders must be registered, got {', '.join(unknown)}; use some of: {', '.join(ENCODERS)}"
            )
        return self

    @model_validator(mode="after")
    def _median_within(self) -> Self:
        if self.median_length > self.max_length:
            raise ValueError(
                "benchmark.median_length must not exceed benchmark.max_length, "
                f"got {self.median_length} and {self.max_length}; lower the first"
            )
        return self

    @model_validator(mode="after")
    def _a_batch_is_full(self) -> Self:
        if self.batch_size > self.train_rows:
            raise ValueError(
                "benchmark.batch_size must not exceed benchmark.train_rows, "
                f"got {self.batch_size} and {self.train_rows}; lower the first"
            )
        return self
