"""Writes test/golden/models/<name>.json: what PyTorch's twins of src/models compute, for test/models/models.device.test.ts.

python models.py [name ...]

A file models/<name>.py with a table MODELS is what layers/<family>.py is for modules.py; there it says what a row may hold.
Its Lumigrad side is test/models/db/<name>.ts, `export const models: LayerTable`.
"""
import importlib.util
import pathlib
import sys

import modules
import torch

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def main():
    wanted = sys.argv[1:]
    for path in sorted((HERE / "models").glob("*.py")):
        if wanted and path.stem not in wanted:
            continue
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        rows = [modules.run(name, *row) for name, row in module.MODELS.items()]
        text = '{"torch":"%s","models":[\n%s\n]}\n' % (torch.__version__, ",\n".join(rows))
        (ROOT / f"test/golden/models/{path.stem}.json").write_text(text)
        print(f"{path.stem}: {len(rows)} models, {len(text)} bytes")


if __name__ == "__main__":
    main()
