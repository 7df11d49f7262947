"""The states of a GRU and their gradients, in few operations a step: for training on a CPU.

``torch.nn.GRU`` spends most of a step on calling operations when a batch is small, as the buckets of long sequences
are. Here the gradient of a step is three operations, since all its factors but one are computed for all steps at once.
"""

from typing import Any, cast

import torch
from torch import Tensor, nn

from sequence_learning.encoders.dropout import dropout


def gru_states(gru: nn.GRU, x_seq: Tensor) -> Tensor:
    """What ``gru(x_seq)[0]`` gives, up to rounding, with gradients of first order.

    Args:
        gru: with ``batch_first``, biases and one direction.
        x_seq: ``(B, L, D)``, at least one step.

    Returns:
        ``(B, L, hidden_size)``.
    """
    states = x_seq.transpose(0, 1).contiguous()  # a step is then contiguous
    for layer in range(gru.num_layers):
        if layer:
            states = dropout(states, gru.dropout, gru.training)
        weights = (getattr(gru, f"{name}_l{layer}") for name in ("weight_ih", "bias_ih", "weight_hh", "bias_hh"))
        states = _layer(states, gru.hidden_size, *weights)
    return states.transpose(0, 1)


def _layer(x: Tensor, size: int, weight_in: Tensor, bias_in: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """States ``(L, B, H)`` of inputs ``(L, B, D)``; rows of the weights are those of reset, update and candidate."""
    n = 2 * size  # rows of the gates
    gates = nn.functional.linear(x, weight_in[:n], bias_in[:n] + bias[:n])
    candidates = nn.functional.linear(x, weight_in[n:], bias_in[n:])
    return cast("Tensor", _Scan.apply(gates, candidates, weight, bias[n:]))


class _Scan(torch.autograd.Function):
    r"""From zeros, with :math:`r, z = \sigma(g + W h)`, :math:`u = W_n h + b`, :math:`n = \tanh(c + r \odot u)`.

    The next state is :math:`n + z \odot (h - n)`.
    """

    @staticmethod
    def forward(ctx: Any, gates: Tensor, candidates: Tensor, weight: Tensor, bias: Tensor) -> Tensor:  # noqa: ANN401
        """States ``(L, B, H)`` of ``g`` ``(L, B, 2H)``, ``c`` ``(L, B, H)``, ``W`` ``(3H, H)`` and ``b`` ``(H,)``."""
        n_steps, n_rows, size = candidates.shape
        weight_of_gates, weight_of_candidate = weight[: 2 * size].t(), weight[2 * size :].t()
        rz, n, u = torch.empty_like(gates), torch.empty_like(candidates), torch.empty_like(candidates)
        states = candidates.new_zeros(n_steps + 1, n_rows, size)
        h = states[0]
        by_step = (gates, candidates, states[1:], rz, rz[..., :size], rz[..., size:], n, u)
        steps = zip(*(tensor.unbind() for tensor in by_step), strict=True)
        for g, c, following, rz_t, r_t, z_t, n_t, u_t in steps:
            torch.addmm(g, h, weight_of_gates, out=rz_t).sigmoid_()
            torch.addmm(bias, h, weight_of_candidate, out=u_t)
            torch.addcmul(c, r_t, u_t, out=n_t).tanh_()
            h = torch.lerp(n_t, h, z_t, out=following)
        ctx.save_for_backward(weight, rz, n, u, states)
        return states[1:]

    @staticmethod
    def backward(ctx: Any, *of_states: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # noqa: ANN401
        r"""Step by step only :math:`\partial h_t`, which all gradients are proportional to."""
        if torch.is_grad_enabled():
            raise RuntimeError("gru_states has gradients of first order only; those of torch.nn.GRU have gradients too")
        weight, rz, n, u, states = ctx.saved_tensors
        n_steps, n_rows, size = n.shape
        r, z = rz[..., :size], rz[..., size:]
        taken = 1 - z
        by_candidate = taken * (1 - n * n)
        # What the gradient of a state is multiplied by, for the arguments of reset and update and for u.
        factors = n.new_empty(n_steps, n_rows, 3, size)
        torch.mul(by_candidate * u, r * (1 - r), out=factors[:, :, 0])
        torch.mul(states[:-1] - n, z * taken, out=factors[:, :, 1])
        torch.mul(by_candidate, r, out=factors[:, :, 2])
        of_products = factors.view(n_steps, n_rows, 3 * size)
        of_h = torch.empty_like(n)
        of_h[-1] = of_states[0][-1]
        at, wide, given, kept = of_h.unbind(), of_h.unsqueeze(2).unbind(), of_states[0].unbind(), z.unbind()
        by, product = factors.unbind(), of_products.unbind()
        for t in range(n_steps - 1, 0, -1):
            by[t].mul_(wide[t])
            torch.addcmul(given[t - 1], at[t], kept[t], out=at[t - 1]).addmm_(product[t], weight)
        by[0].mul_(wide[0])
        of_weight = of_products.flatten(0, 1).t() @ states[:-1].flatten(0, 1)
        of_bias = of_products[..., 2 * size :].sum((0, 1))
        return of_products[..., : 2 * size], of_h.mul_(by_candidate), of_weight, of_bias
