"""Writes pytorch.json: the names of PyTorch's documented functions and tensor methods, by namespace, for docs/ops.md."""
import inspect
import json
import pathlib
import warnings

import torch
import torch.nn.functional as F


def documented(f):
    text = getattr(f, "__doc__", None)
    return isinstance(text, str) and text.strip() != ""


def functions(module):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [(name, getattr(module, name)) for name in dir(module) if not name.startswith("_")]
    return [n for n, f in found if callable(f) and documented(f) and not inspect.isclass(f) and not inspect.ismodule(f)]


names = {
    "torch": functions(torch),
    "functional": functions(F),
    "linalg": functions(torch.linalg),
    "special": functions(torch.special),
    "fft": functions(torch.fft),
    "Tensor": [n for n in dir(torch.Tensor) if not n.startswith("_") and documented(getattr(torch.Tensor, n))],
}
text = json.dumps({"version": torch.__version__.split("+")[0], **names}, indent=1)
(pathlib.Path(__file__).parent / "pytorch.json").write_text(text + "\n")
