"""Records the API of the wheels `tensorrt_cu13_bindings` and `cuda-bindings`, which are installed beside this project.

    python tests/backends/record_tensorrt.py        # recorded/tensorrt.json
    python tests/backends/record_tensorrt.py rtx    # recorded/tensorrt_rtx.json, of `tensorrt_rtx_cu13_bindings`

The bindings load TensorRT's own libraries; where these can't be had, empty libraries of the same names, with the nine
functions that the bindings need, are enough to read the API: `LD_LIBRARY_PATH` leads to them.
"""

import json
import sys
from enum import IntEnum
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recorded"
CLASSES: tuple[str, ...] = ("Builder", "IBuilderConfig", "ICudaEngine", "IExecutionContext", "IProgressMonitor")
CLASSES += ("ITimingCache", "Logger", "OnnxParser", "Runtime")
CLASSES += ("BuilderFlag", "MemoryPoolType", "NetworkDefinitionCreationFlag", "TensorIOMode")
RTX_ONLY = ("ComputeCapability", "IRuntimeCache", "IRuntimeConfig")
FUNCTIONS: tuple[str, ...] = ("cuInit", "cuDeviceGet", "cuDevicePrimaryCtxRetain", "cuCtxSetCurrent")
FUNCTIONS += ("cuCtxGetStreamPriorityRange", "cuMemAlloc", "cuMemFree", "cuMemAllocHost", "cuMemFreeHost")
FUNCTIONS += ("cuMemcpy2DAsync", "cuMemsetD8Async", "cuStreamBeginCapture", "cuStreamEndCapture")
FUNCTIONS += ("cuGraphInstantiate", "cuGraphLaunch", "cuGraphDestroy", "cuGraphExecDestroy")
FUNCTIONS += ("cuMemcpyHtoDAsync", "cuMemcpyDtoHAsync", "cuStreamCreateWithPriority", "cuStreamSynchronize")
FUNCTIONS += ("cuEventCreate", "cuEventRecord", "cuEventSynchronize", "cuEventElapsedTime", "cuEventDestroy")
MEMBERS = ("CUDA_MEMCPY2D", "CUmemorytype", "CUresult", "CUstream_flags", "CUstreamCaptureMode")
"""Structures and enumerations of cuda-bindings, of which the members count."""


def signature(function: Any) -> str:
    """The first line of its text: the name and the arguments."""
    first = str(function.__doc__ or "").strip().split("\n")[0]
    return first.replace("tensorrt_bindings.tensorrt.", "").replace("tensorrt_rtx_bindings.tensorrt_rtx.", "")


def members(owner: Any) -> list[str]:
    """Of a structure or an enumeration."""
    return [each for each in dir(owner) if each[0] != "_" and each not in dir(IntEnum)]


def api(trt: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """These classes and what the module has."""
    classes: dict[str, Any] = {}
    for name in names:
        members = {each: getattr(getattr(trt, name), each) for each in dir(getattr(trt, name)) if each[0] != "_"}
        classes[name] = {each: signature(value) if callable(value) else "" for each, value in members.items()}
    return classes | {"module": [name for name in dir(trt) if name[0] != "_"]}


def main() -> None:
    """Writes the file."""
    if sys.argv[1:] == ["rtx"]:
        rtx: Any = import_module("tensorrt_rtx_bindings")
        _write("tensorrt_rtx", {f"tensorrt-rtx {rtx.__version__}": api(rtx, CLASSES + RTX_ONLY)})
        return
    trt: Any = import_module("tensorrt_bindings")
    driver: Any = import_module("cuda.bindings.driver")
    recorded = {
        f"tensorrt {trt.__version__}": api(trt, CLASSES),
        f"cuda-bindings {version('cuda-bindings')}": {name: signature(getattr(driver, name)) for name in FUNCTIONS},
        "members": {name: members(getattr(driver, name)) for name in MEMBERS},
    }
    _write("tensorrt", recorded)


def _write(name: str, recorded: dict[str, Any]) -> None:
    (FOLDER / f"{name}.json").write_text(json.dumps(recorded, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
