"""How the runtimes say that a device is lost: its driver was reset, it is gone, or it has no memory left.

A process can't get it back: each runtime's state in it is of no use any more. It has to end, and another to start.
"""

import re
from typing import NamedTuple, Optional

from ezvtb.errors import BackendError


class Loss(NamedTuple):
    """One way to lose a device."""

    signs: "re.Pattern[str]"
    """What the runtimes' messages have in them."""
    message: str
    remedy: str


def _any(*signs: str) -> "re.Pattern[str]":
    return re.compile("|".join(signs), re.IGNORECASE)


GONE = Loss(
    _any(
        # cuda.h: CUDA_ERROR_NO_DEVICE, CUDA_ERROR_INVALID_DEVICE; ONNX Runtime writes the number (cuda_call.cc)
        r"CUDA_ERROR_(NO|INVALID)_DEVICE\b",
        r"CUDA failure 10[01]\b",
        "no CUDA-capable device",
        "invalid device ordinal",
        # cl.h: CL_DEVICE_NOT_FOUND, CL_DEVICE_NOT_AVAILABLE
        r"\[GPU\].*error code: -[12]\b",
    ),
    "{device} is gone: it was taken out, switched off or disabled.",
    "Bring it back, or choose another device.",
)

FULL = Loss(
    _any(
        "out of memory",
        "no memory left",
        "OUT_OF_MEMORY",
        r"CUDA failure 2\b",
        "cudaErrorMemoryAllocation",
        "STATUS_ALLOC_FAILED",  # cuBLAS and cuDNN
        "Failed to allocate memory for requested buffer",  # ONNX Runtime's own allocator (bfc_arena.cc)
        "8007000E",  # winerror.h: E_OUTOFMEMORY
        # cl.h: CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_OUT_OF_HOST_MEMORY
        r"\[GPU\].*error code: -[46]\b",
        "CL_MEM_OBJECT_ALLOCATION_FAILURE",
        "Exceeded max size of memory",  # OpenVINO's GPU plugin
    ),
    "{device} has no memory left.",
    "Close what else uses it, or lower the settings of the game or the avatar.",
)

RESET = Loss(
    _any(
        # winerror.h: DXGI_ERROR_DEVICE_REMOVED, _DEVICE_HUNG, _DEVICE_RESET, _DRIVER_INTERNAL_ERROR
        "887A000[567]",
        "887A0020",
        # cuda.h: errors after which a context is of no use; their numbers, and the texts of cuGetErrorString
        r"CUDA_ERROR_(DEINITIALIZED|DEVICE_UNAVAILABLE|ECC_UNCORRECTABLE|ILLEGAL_ADDRESS|LAUNCH_TIMEOUT"
        r"|CONTEXT_IS_DESTROYED|ASSERT|HARDWARE_STACK_ERROR|ILLEGAL_INSTRUCTION|MISALIGNED_ADDRESS"
        r"|INVALID_ADDRESS_SPACE|INVALID_PC|LAUNCH_FAILED|SYSTEM_NOT_READY|UNKNOWN)\b",
        r"CUDA failure (4|46|214|700|702|709|710|714|715|716|717|718|719|802|999)\b",
        "illegal memory access",
        "illegal address",
        "launch fail",
        "launch timed out",
        "launch timeout",
        "uncorrectable ECC",
        "context is destroyed",
        "driver shutting down",
        "devices are busy or unavailable",
        "STATUS_EXECUTION_FAILED",  # cuBLAS and cuDNN
        # cl.h: CL_OUT_OF_RESOURCES, which is said of a lost device too (ocl_common.hpp of OpenVINO's GPU plugin);
        # CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST, CL_INVALID_COMMAND_QUEUE
        r"\[GPU\].*error code: -(5|14|36)\b",
        "CL_OUT_OF_RESOURCES",
        "ZE_RESULT_ERROR_DEVICE_LOST",  # ze_api.h
    ),
    "{device} was lost: its driver was reset or updated, or it hung.",
    "If that comes again, update its driver.",
)

LOSSES = (GONE, FULL, RESET)
"""The first whose signs are there is what happened."""


def explained(error: Exception, device: str) -> "Optional[BackendError]":
    """The same in one clear sentence, if it says that the device is lost; None if it doesn't."""
    if not isinstance(error, BackendError):
        return None
    loss = next((loss for loss in LOSSES if loss.signs.search(error.message)), None)
    return loss and BackendError(loss.message.format(device=device), loss.remedy)
