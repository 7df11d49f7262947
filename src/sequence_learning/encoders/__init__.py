"""The family of sequence encoders, and its one registry.

Every encoder is a plain ``torch.nn.Module`` with the contract of :class:`~.base.SequenceEncoder`::

    Gru(d_in=8, config=RecurrentConfig(hidden_size=64))(x_seq, lengths)   # (B, L, 8), (B,) -> (B, 64)

To add one: a file with its class, one of the same name in ``configs`` with its options, a line in ``ENCODERS``, a block
in ``conf/base/parameters_encoders.yml``, its search in ``conf/base/parameters_tuning.yml``.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sequence_learning.encoders.base import SequenceEncoder
    from sequence_learning.encoders.configs.base import EncoderConfig

#: Name in configuration, results and MLflow -> ``module:class``. Spelled as text so that listing the encoders,
#: which ``kedro registry list`` does, never waits for PyTorch.
ENCODERS = {
    "tabular_only": "tabular_only:TabularOnly",
    "statistical_aggregation": "statistical_aggregation:StatisticalAggregation",
    "fixed_positional_weighting": "fixed_positional_weighting:FixedPositionalWeighting",
    "learned_static_positional_weighting": "learned_static_positional_weighting:LearnedStaticPositionalWeighting",
    "learned_decay": "learned_decay:LearnedDecay",
    "learned_weighted_average": "learned_weighted_average:LearnedWeightedAverage",
    "random_convolution": "random_convolution:RandomConvolution",
    "cnn": "cnn:Cnn",
    "lstm": "recurrent:Lstm",
    "gru": "recurrent:Gru",
    "state_space": "state_space:StateSpace",
    "transformer": "transformer:Transformer",
}


def encoder_class(name: str) -> type["SequenceEncoder"]:
    """The class registered under ``name``.

    Raises:
        ValueError: if no encoder has that name.
    """
    module, attribute = _registered(name)
    cls: type[SequenceEncoder] = getattr(import_module(f"{__name__}.{module}"), attribute)
    return cls


def encoder_config_class(name: str) -> type["EncoderConfig"]:
    """The class of the options of the encoder ``name``; PyTorch is not imported for it.

    Raises:
        ValueError: if no encoder has that name.
    """
    module, _ = _registered(name)
    class_name = "".join(word.capitalize() for word in module.split("_")) + "Config"
    cls: type[EncoderConfig] = getattr(import_module(f"{__name__}.configs.{module}"), class_name)
    return cls


def _registered(name: str) -> tuple[str, str]:
    if name not in ENCODERS:
        raise ValueError(f"an encoder must be registered, got {name!r}; use one of: {', '.join(ENCODERS)}")
    module, _, attribute = ENCODERS[name].partition(":")
    return module, attribute
