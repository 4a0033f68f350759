"""Records what the wheels of ONNX Runtime for GPUs have, without running them.

    python tests/backends/record_onnxruntime.py onnxruntime_gpu-*.whl onnxruntime_directml-*.whl

Methods come from the wheel's Python source; names of providers and of their options from the strings in its libraries.
"""

import ast
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "recorded" / "onnxruntime.json"
SOURCE = "onnxruntime/capi/onnxruntime_inference_collection.py"
CLASSES = ("IOBinding", "InferenceSession", "OrtValue")
WORDS = {b"device_id", b"use_tf32", b"arena_extend_strategy", b"CUDAExecutionProvider", b"DmlExecutionProvider"}


def recorded(wheel: Path) -> "dict[str, Any]":
    """Its classes' methods, the kinds of memory it knows, its libraries and those of `WORDS` in them."""
    with zipfile.ZipFile(wheel) as archive:
        tree = ast.parse(archive.read(SOURCE))
        libraries = [name for name in archive.namelist() if re.search(r"\.(so|pyd|dll)(\.|$)", name)]
        words = {word for name in libraries for word in re.findall(rb"[A-Za-z_0-9]{4,}", archive.read(name))}
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    found: dict[str, Any] = {}
    for name in CLASSES:
        bases = [base.id for base in classes[name].bases if isinstance(base, ast.Name) and base.id in classes]
        owners = [classes[name], *(classes[base] for base in bases)]
        methods = {each.name for owner in owners for each in owner.body if isinstance(each, ast.FunctionDef)}
        found[name] = sorted(each for each in methods if not each.startswith("_"))
    kinds = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "get_ort_device_type")
    found["memories"] = [node.value for node in ast.walk(kinds) if isinstance(node, ast.Constant) and node.value]
    found["libraries"] = sorted(Path(name).name for name in libraries)
    found["words"] = sorted(word.decode() for word in words & WORDS)
    return found


def main() -> None:
    """Writes the file."""
    wheels = {"{} {}".format(*Path(name).name.split("-")[:2]).replace("_", "-"): Path(name) for name in sys.argv[1:]}
    text = json.dumps({name: recorded(wheel) for name, wheel in sorted(wheels.items())}, indent=1)
    FILE.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
