"""Every documented variant of every encoder, small enough to be certified in seconds. Needs no PyTorch.

A variant is a registered encoder's name and its options; the one that bears the encoder's own name is the family's
plain form. Which variants do not depend on the order of the events is said by each encoder's own configuration
(``order_free``) and held against it by a certificate.
"""

from typing import Any

from sequence_learning.encoders import ENCODERS

Variant = tuple[str, dict[str, Any]]

_CNN = {"channels": 8, "kernel_size": 3}
_RNN = {"hidden_size": 8}
_STATE_SPACE = {"d_model": 8, "d_state": 4}
_TRANSFORMER = {"d_model": 8, "n_heads": 2, "d_feedforward": 16}

#: An encoder that is not named here is certified with its defaults.
VARIANTS: dict[str, Variant] = {name: (name, {}) for name in ENCODERS} | {
    "tabular_only": ("tabular_only", {}),
    "statistical_aggregation": ("statistical_aggregation", {}),
    "all_statistics": ("statistical_aggregation", {"statistics": ["mean", "max", "sum", "min", "std", "last"]}),
    "quantiles": ("statistical_aggregation", {"statistics": ["mean"], "quantiles": [0.0, 0.25, 0.5, 1.0]}),
    "fixed_positional_weighting": ("fixed_positional_weighting", {"decay": "linear"}),
    "exponential": ("fixed_positional_weighting", {"decay": "exponential", "half_life": 2.0}),
    "exponential_in_time": ("fixed_positional_weighting", {"decay": "exponential", "half_life": 2.0, "unit": "time"}),
    "learned_static_positional_weighting": ("learned_static_positional_weighting", {"n_positions": 4}),
    # One normalised weight alone would have nothing to be weighed against, and so nothing to learn.
    "one_position": ("learned_static_positional_weighting", {"n_positions": 1, "weights": "signed"}),
    "signed_positions": ("learned_static_positional_weighting", {"n_positions": 4, "weights": "signed"}),
    "learned_decay": ("learned_decay", {}),
    "one_decay": ("learned_decay", {"n_decays": 1}),
    "learned_decay_in_time": ("learned_decay", {"unit": "time", "shortest": 0.5, "longest": 4.0}),
    "learned_weighted_average": ("learned_weighted_average", {"d_hidden": 8}),
    "two_heads": ("learned_weighted_average", {"d_hidden": 8, "n_heads": 2}),
    "with_a_query": ("learned_weighted_average", {"d_hidden": 8, "d_query": 5}),
    "random_convolution": ("random_convolution", {"n_kernels": 32, "n_dilations": 2}),
    "cnn": ("cnn", _CNN),
    "cnn_mean": ("cnn", _CNN | {"pooling": "mean"}),
    "cnn_max": ("cnn", _CNN | {"pooling": "max"}),
    "cnn_attention": ("cnn", _CNN | {"pooling": "attention"}),
    "wide_kernel": ("cnn", {"channels": 4, "n_layers": 3, "kernel_size": 9}),
    "dilated": ("cnn", _CNN | {"block": "dilated", "n_layers": 3}),
    "inception": ("cnn", _CNN | {"block": "inception", "channels": 16}),
    "lstm": ("lstm", _RNN),
    "lstm_mean": ("lstm", _RNN | {"read_out": "mean"}),
    "lstm_max": ("lstm", _RNN | {"read_out": "max"}),
    "lstm_attention": ("lstm", _RNN | {"read_out": "attention"}),
    "bidirectional_lstm": ("lstm", _RNN | {"bidirectional": True}),
    "two_layer_lstm": ("lstm", _RNN | {"n_layers": 2, "dropout": 0.5}),
    "gru": ("gru", _RNN),
    "gru_mean": ("gru", _RNN | {"read_out": "mean"}),
    "gru_max": ("gru", _RNN | {"read_out": "max"}),
    "bidirectional_gru_attention": ("gru", _RNN | {"bidirectional": True, "read_out": "attention"}),
    "two_layer_bidirectional_gru": ("gru", _RNN | {"n_layers": 2, "bidirectional": True}),
    "state_space": ("state_space", _STATE_SPACE),
    "state_space_last": ("state_space", _STATE_SPACE | {"read_out": "last"}),
    "state_space_max": ("state_space", _STATE_SPACE | {"read_out": "max"}),
    "state_space_attention": ("state_space", _STATE_SPACE | {"read_out": "attention"}),
    "transformer": ("transformer", _TRANSFORMER),
    "transformer_last": ("transformer", _TRANSFORMER | {"read_out": "last"}),
    "transformer_cls": ("transformer", _TRANSFORMER | {"read_out": "cls"}),
    "transformer_learned": ("transformer", _TRANSFORMER | {"positions": "learned", "n_positions": 4}),
    "transformer_rotary": ("transformer", _TRANSFORMER | {"positions": "rotary"}),
    "transformer_rotary_cls": ("transformer", _TRANSFORMER | {"positions": "rotary", "read_out": "cls"}),
    "transformer_orderless": ("transformer", _TRANSFORMER | {"positions": "none"}),
}
