"""What the generator and the families share."""
import re

import torch

DTYPES = {"float32": torch.float32, "int32": torch.int32, "bool": torch.bool}


def snake(name):
    return re.sub(r"[A-Z]", lambda m: "_" + m.group().lower(), name)
