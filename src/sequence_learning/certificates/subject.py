"""What is certified: an encoder in one configuration, and inputs to try it with."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from sequence_learning.batch import step_mask
from sequence_learning.encoders import encoder_class
from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.encoders.configs.base import EncoderConfig

#: Channels and steps of the inputs.
D_IN = 3
LONGEST = 6
#: Rows without a step, with one, with some and with all: what most certificates are tried on.
LENGTHS = (0, 1, 4, LONGEST)


@dataclass(frozen=True)
class Inputs:
    """The arguments of an encoder; ages and query only where it asks for them."""

    x_seq: Tensor
    lengths: Tensor
    ages: Tensor | None = None
    query: Tensor | None = None

    @property
    def optional(self) -> dict[str, Tensor]:
        """Those of ages and query that are given, by name."""
        return {name: value for name in ("ages", "query") if (value := getattr(self, name)) is not None}

    @property
    def real(self) -> Tensor:
        """``(B, L)`` bool, True where a step is real."""
        return step_mask(self.lengths, self.x_seq.shape[1])

    def rows(self, index: Tensor | slice) -> "Inputs":
        """Some rows, in this order."""
        picked = {name: value[index] for name, value in self.optional.items()}
        return Inputs(self.x_seq[index], self.lengths[index], **picked)

    def steps(self, index: Tensor | slice) -> "Inputs":
        """Some steps, in this order; ages go with their steps."""
        ages = None if self.ages is None else self.ages[:, index]
        return replace(self, x_seq=self.x_seq[:, index], ages=ages)

    def padded_with(self, filler: float, extra: int = 0) -> "Inputs":
        """``extra`` padded steps more, and ``filler`` on every padded step."""
        n_rows, n_steps, d_in = self.x_seq.shape
        padded = ~step_mask(self.lengths, n_steps + extra)
        x_seq = torch.cat([self.x_seq, self.x_seq.new_zeros(n_rows, extra, d_in)], dim=1)
        ages = self.ages
        if ages is not None:
            ages = torch.cat([ages, ages.new_zeros(n_rows, extra)], dim=1).masked_fill(padded, filler)
        return replace(self, x_seq=x_seq.masked_fill(padded.unsqueeze(-1), filler), ages=ages)


@dataclass(frozen=True)
class Subject:
    """An encoder class in one configuration.

    Attributes:
        encoder: registered name.
        variant: what this configuration is called.
        cls: the class.
        config: its options.
    """

    encoder: str
    variant: str
    cls: type[SequenceEncoder]
    config: EncoderConfig

    @classmethod
    def of(cls, encoder: str, variant: str, options: dict[str, Any]) -> "Subject":
        """A registered encoder with these options."""
        registered = encoder_class(encoder)
        return cls(encoder, variant, registered, registered.config_class.model_validate(options))

    @property
    def d_query(self) -> int:
        """Numbers of the query that the encoder asks for, 0 for none."""
        return int(getattr(self.config, "d_query", 0))

    @property
    def has_vector(self) -> bool:
        """Whether there is anything to compare: one encoder gives a vector of width zero."""
        return self.build().d_out > 0

    @property
    def has_parameters(self) -> bool:
        """Whether there is anything to learn."""
        return any(True for _ in self.build().parameters())

    def build(self, dtype: torch.dtype = torch.float32, seed: int = 0) -> SequenceEncoder:
        """The encoder in evaluation mode, all weights random: none may hide behind a bias or a norm that starts at 0.

        Their spread falls with the number of inputs they are multiplied with, so that values keep their size from
        layer to layer, and rounding keeps its own.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            encoder = self.cls(D_IN, self.config)
            with torch.no_grad():
                for weight in encoder.parameters():
                    spread = min(0.5, weight[0].numel() ** -0.5) if weight.ndim > 1 else 0.2
                    weight.normal_(0, spread)
        return encoder.to(dtype).eval()

    def inputs(
        self, lengths: tuple[int, ...] = LENGTHS, *, n_steps: int = LONGEST, dtype: torch.dtype = torch.float32
    ) -> Inputs:
        """Random inputs, the same at every call; steps are real where ``lengths`` say so, random elsewhere too."""
        generator = torch.Generator().manual_seed(1)
        x_seq = torch.randn(len(lengths), n_steps, D_IN, generator=generator, dtype=torch.float64).to(dtype)
        since_the_next = torch.rand(len(lengths), n_steps, generator=generator, dtype=torch.float64)
        ages = since_the_next.flip(1).cumsum(dim=1).flip(1).to(dtype)
        query = torch.randn(len(lengths), self.d_query, generator=generator, dtype=torch.float64).to(dtype)
        return Inputs(
            x_seq,
            torch.tensor(lengths),
            ages if self.config.needs_ages else None,
            query if self.d_query else None,
        )


def apply(encoder: SequenceEncoder, inputs: Inputs) -> Tensor:
    """The vectors of some inputs, ``(B, d_out)``."""
    return encoder(inputs.x_seq, inputs.lengths, **inputs.optional)  # type: ignore[no-any-return]


def difference(result: Tensor, expected: Tensor) -> float:
    r"""Largest :math:`|r - e| / (1 + |e|)`: absolute for small values, relative for large ones; NaN if any is.

    Raises:
        ValueError: if the shapes differ.
    """
    if result.shape != expected.shape:
        raise ValueError(f"shapes must be equal, got {tuple(result.shape)} in place of {tuple(expected.shape)}")
    return largest((result - expected).abs() / (1 + expected.abs()))


def largest(values: Tensor) -> float:
    """The largest number, NaN if there is one, 0 if there are none at all."""
    return float(values.detach().max()) if values.numel() else 0.0


def worst(measured: list[float]) -> float:
    """The largest number, NaN if there is one; Python's own ``max`` may pass a NaN over."""
    return float(torch.tensor(measured, dtype=torch.float64).max())
