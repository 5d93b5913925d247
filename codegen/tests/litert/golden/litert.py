"""Runs the .tflite files beside this script in LiteRT's reference kernels and writes what every
operator but RESHAPE gives as NAME.txt. Needs the packages ai-edge-litert and numpy; the tests do not need it.

    python3 litert.py
"""

import importlib.metadata
import pathlib

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

SEEDS = [1, 2]


def noise(seed, n):
    """n values of the linear congruential generator that the test uses."""
    x, values = seed, []
    for _ in range(n):
        x = (x * 1664525 + 1013904223) % 2**32
        values.append(x >> 24)
    return np.array(values, np.uint8).view(np.int8)


def main():
    for path in sorted(pathlib.Path(__file__).parent.glob("*.tflite")):
        interpreter = Interpreter(
            str(path),
            experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
            experimental_preserve_all_tensors=True,
        )
        interpreter.allocate_tensors()
        source = interpreter.get_input_details()[0]
        skipped = ["DELEGATE", "RESHAPE"]
        operators = [op for op in interpreter._get_ops_details() if op["op_name"] not in skipped]
        version = importlib.metadata.version("ai-edge-litert")
        lines = [f"# litert.py, ai-edge-litert {version}, BUILTIN_REF"]
        for seed in SEEDS:
            lines.append(f"seed {seed}")
            values = noise(seed, int(np.prod(source["shape"])))
            interpreter.set_tensor(source["index"], values.reshape(source["shape"]))
            interpreter.invoke()
            for op in operators:
                result = interpreter.get_tensor(op["outputs"][0]).flatten()
                lines.append(f"{op['op_name']}: " + " ".join(map(str, result)))
        path.with_suffix(".txt").write_text("\n".join(lines) + "\n")


main()
