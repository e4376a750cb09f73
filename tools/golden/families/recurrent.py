"""PyTorch's side of test/ops/db/recurrent.ts."""
import torch
from torch import nn
from torch.func import functional_call


def layer(t, o):
    """One sequence after the other, each cut to its length, and turned around where the layer runs in reverse."""
    kind = o["kind"]
    x, weight_ih, weight_hh = t[:3]
    given = {{"biasIh": "bias_ih", "biasHh": "bias_hh"}.get(name, name): v for name, v in zip(o.get("more", []), t[3:])}
    batch, hidden = x.shape[1], weight_ih.shape[0] // {"lstm": 4, "gru": 3}.get(kind, 1)
    projection = given.get("projection")
    state = hidden if projection is None else projection.shape[0]
    sizes = (x.shape[2], hidden)
    if kind == "lstm":
        module = nn.LSTM(*sizes, proj_size=0 if projection is None else state)
    else:
        module = nn.GRU(*sizes) if kind == "gru" else nn.RNN(*sizes, nonlinearity=kind)
    zeros = x.new_zeros(weight_ih.shape[0])
    weights = {"weight_ih_l0": weight_ih, "weight_hh_l0": weight_hh}
    weights |= {f"{name}_l0": given.get(name, zeros) for name in ("bias_ih", "bias_hh")}
    if projection is not None:
        weights["weight_hr_l0"] = projection
    h0 = given.get("h0", x.new_zeros(batch, state))
    c0 = given.get("c0", x.new_zeros(batch, hidden))
    lengths = given.get("lengths", torch.full((batch,), x.shape[0])).tolist()
    outputs, hn, cn = [], [], []
    for n, length in enumerate(lengths):
        first = (h0[n : n + 1], c0[n : n + 1]) if kind == "lstm" else h0[n : n + 1]
        y, last = x.new_zeros(0, state), first
        if length > 0:
            sequence = x[:length, n]
            y, last = functional_call(module.to(x.dtype), weights, (sequence.flip(0) if o.get("reverse") else sequence, first))
        outputs.append(torch.cat([y.flip(0) if o.get("reverse") else y, x.new_zeros(x.shape[0] - length, state)]))
        h, c = last if kind == "lstm" else (last, None)
        hn.append(h)
        cn.append(c)
    result = [torch.stack(outputs, 1), torch.cat(hn)]
    return [*result, torch.cat(cn)] if kind == "lstm" else result


TABLE = {
    "lstmLayer": layer,
    "gruLayer": layer,
    "rnnTanhLayer": layer,
    "rnnReluLayer": layer,
    "lstmCell": lambda t, o: torch.lstm_cell(t[0], [t[1], t[2]], *t[3:]),
    "gruCell": lambda t, o: torch.gru_cell(*t),
    "rnnTanhCell": lambda t, o: torch.rnn_tanh_cell(*t),
    "rnnReluCell": lambda t, o: torch.rnn_relu_cell(*t),
}
