"""Files that NumPy, safetensors and PyTorch write: see README.md. Needs the package safetensors too."""

import base64
import io
import json
import os
from collections import OrderedDict
from pathlib import Path

import numpy as np
import safetensors.torch
import torch

OUT = Path(__file__).parent.parent.parent / "test" / "golden" / "files.json"

NAMES = {
    torch.float32: "float32", torch.float64: "float64", torch.float16: "float16", torch.bfloat16: "float32",
    torch.bool: "bool", torch.uint32: "uint32",
}  # fmt: skip


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def facts(t):
    """dtype, shape and values as Lumigrad is to give them."""
    if isinstance(t, np.ndarray):
        t = torch.from_numpy(np.ascontiguousarray(t.astype(t.dtype.newbyteorder("=")))).reshape(t.shape)
    return [NAMES.get(t.dtype, "int32"), list(t.shape), t.detach().flatten().tolist()]


def saved(value, **options) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def npz(save, **arrays) -> bytes:
    buffer = io.BytesIO()
    save(buffer, **arrays)
    return buffer.getvalue()


class Run:
    def __reduce__(self):
        return os.system, ("echo run",)


class Custom:
    pass


def main():
    torch.manual_seed(0)
    base = torch.arange(6.0)
    tensors = {
        "whole": base,
        "tail": base[2:],
        "turned": base.view(2, 3).t(),
        "half": torch.tensor([1.5, -2, 65504]).half(),
        "brain": torch.tensor([1.5, -3]).bfloat16(),
        "double": torch.tensor([0.1], dtype=torch.float64),
        "long": torch.tensor([[1, -(2**31)]]),
        "short": torch.tensor([-300], dtype=torch.int16),
        "byte": torch.tensor([200], dtype=torch.uint8),
        "unsigned": torch.tensor([2**32 - 1], dtype=torch.uint32),
        "flags": torch.tensor([True, False]),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
        "expanded": torch.tensor([7.0]).expand(2, 2),
    }
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    whole = {
        "model": model.state_dict(),
        "tensors": tensors,
        "parameter": torch.nn.Parameter(torch.ones(2)),
        "step": 3,
        "loss": 0.25,
        "big": 2**70,
        "name": "é",
        "none": None,
        "list": [1, (True, [2])],
        "set": {1},
        "bytes": b"ab",
        "size": base.shape,
        "dtype": torch.float16,
        "__proto__": OrderedDict(constructor=1),
    }
    few = {"x": base[1:], "y": base.view(3, 2)}
    arrays = {
        "matrix": np.arange(6, dtype="f4").reshape(2, 3),
        "fortran": np.asfortranarray(np.arange(24, dtype="f4").reshape(2, 3, 4)),
        "big-endian": np.array([1.5, -2], dtype=">f8"),
        "big-endian short": np.array([258], dtype=">i2"),
        "long": np.array([[1], [-2]]),
        "half": np.array([1.5, 2**-24], dtype="f2"),
        "flags": np.array([True, False]),
        "scalar": np.array(7, dtype="u4"),
        "empty": np.zeros((0, 2), dtype="f4"),
    }
    complex_tensor = saved({"c": torch.tensor([1j])})
    script = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), script)
    golden = {
        "torch": {
            "zip": text(saved(whole)),
            "legacy": text(saved(few, _use_new_zipfile_serialization=False)),
            "tensors": {k: facts(t) for k, t in tensors.items()},
            "model": {k: facts(t) for k, t in model.state_dict().items()},
            "few": {k: facts(t) for k, t in few.items()},
        },
        "npy": {k: {"file": text(npy(a)), "facts": facts(a)} for k, a in arrays.items()},
        "npz": text(npz(np.savez, **{"a": arrays["matrix"], "b/c": arrays["flags"]})),
        "npzCompressed": text(npz(np.savez_compressed, a=arrays["matrix"])),
        "safetensors": {
            "file": text(
                safetensors.torch.save({"w": tensors["brain"], "n": tensors["long"], "h": tensors["half"]}, {"k": "v"})
            ),
            "facts": {k: facts(tensors[t]) for k, t in {"w": "brain", "n": "long", "h": "half"}.items()},
        },
        "refused": {
            "code": [text(saved({"a": Run()})), "posix.system"],
            "code, legacy": [text(saved({"a": Run()}, _use_new_zipfile_serialization=False)), "posix.system"],
            "a class": [text(saved([Custom()])), "__main__.Custom"],
            "a module": [text(saved(torch.nn.Linear(1, 1))), "torch.nn.modules.linear.Linear"],
            "a NumPy number": [text(saved(np.float64(1))), "scalar"],
            "sparse": [text(saved(torch.eye(2).to_sparse())), "_rebuild_sparse_tensor"],
            "complex": [text(complex_tensor), "complex64"],
            "int64 out of range": [text(saved(torch.tensor([2**31]))), "int32 cannot hold"],
            "TorchScript": [text(script.getvalue()), "TorchScript"],
            "objects of NumPy": [text(npy(np.array([{}], dtype=object))), "pickles, which are not read"],
            "complex of NumPy": [text(npy(np.array([1j]))), '"<c16" is not supported'],
            "texts of NumPy": [text(npy(np.array(["a"]))), '"<U1" is not supported'],
            "structures of NumPy": [text(npy(np.zeros(1, dtype=[("a", "f4")]))), "structures"],
        },
    }  # fmt: skip
    OUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(OUT.stat().st_size, "bytes")


main()
