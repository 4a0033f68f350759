"""Records the API of the wheels `tensorrt_cu13_bindings` and `cuda-bindings`, which are installed beside this project.

    python tests/backends/record_tensorrt.py

The bindings load TensorRT's own libraries; where these can't be had, empty libraries of the same names, with the nine
functions that the bindings need, are enough to read the API: `LD_LIBRARY_PATH` leads to them.
"""

import json
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "recorded" / "tensorrt.json"
CLASSES: tuple[str, ...] = ("Builder", "IBuilderConfig", "ICudaEngine", "IExecutionContext", "IProgressMonitor")
CLASSES += ("ITimingCache", "Logger", "OnnxParser", "Runtime")
CLASSES += ("BuilderFlag", "MemoryPoolType", "NetworkDefinitionCreationFlag", "TensorIOMode")
FUNCTIONS: tuple[str, ...] = ("cuInit", "cuDeviceGet", "cuDevicePrimaryCtxRetain", "cuCtxSetCurrent")
FUNCTIONS += ("cuCtxGetStreamPriorityRange", "cuMemAlloc", "cuMemFree", "cuMemAllocHost", "cuMemFreeHost")
FUNCTIONS += ("cuMemcpyHtoDAsync", "cuMemcpyDtoHAsync", "cuStreamCreateWithPriority", "cuStreamSynchronize")
FUNCTIONS += ("cuEventCreate", "cuEventRecord", "cuEventSynchronize", "cuEventElapsedTime", "cuEventDestroy")


def signature(function: Any) -> str:
    """The first line of its text: the name and the arguments."""
    return str(function.__doc__ or "").strip().split("\n")[0].replace("tensorrt_bindings.tensorrt.", "")


def main() -> None:
    """Writes the file."""
    trt: Any = import_module("tensorrt_bindings")
    driver: Any = import_module("cuda.bindings.driver")

    classes: dict[str, Any] = {}
    for name in CLASSES:
        members = {each: getattr(getattr(trt, name), each) for each in dir(getattr(trt, name)) if each[0] != "_"}
        classes[name] = {each: signature(value) if callable(value) else "" for each, value in members.items()}
    recorded = {
        f"tensorrt {trt.__version__}": classes | {"module": [name for name in dir(trt) if name[0] != "_"]},
        f"cuda-bindings {version('cuda-bindings')}": {name: signature(getattr(driver, name)) for name in FUNCTIONS},
    }
    FILE.write_text(json.dumps(recorded, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
