"""What the runtimes say when a device is lost, as they were seen to say it, and what isn't that."""

import pytest

from ezvtb.backends import loss
from ezvtb.errors import BackendError, PictureError

SAID = [
    # TensorRT and memory of the card: cuda-bindings names the code, pycuda gives the driver's text
    ("CUDA failed: cuStreamSynchronize says CUDA_ERROR_ILLEGAL_ADDRESS.", loss.RESET),
    ("CUDA failed: cuEventSynchronize says CUDA_ERROR_LAUNCH_TIMEOUT.", loss.RESET),
    ("CUDA failed: cuStreamSynchronize says CUDA_ERROR_UNKNOWN.", loss.RESET),
    ("CUDA failed: cuMemAlloc says CUDA_ERROR_OUT_OF_MEMORY.", loss.FULL),
    ("CUDA failed: cuDeviceGet says CUDA_ERROR_NO_DEVICE.", loss.GONE),
    ("CUDA failed: cuMemAlloc failed: out of memory.", loss.FULL),
    ("CUDA failed: cuStreamSynchronize failed: an illegal memory access was encountered.", loss.RESET),
    ("CUDA failed: cuStreamSynchronize failed: unspecified launch failure.", loss.RESET),
    ("CUDA failed: cuStreamSynchronize failed: the launch timed out and was terminated.", loss.RESET),
    ("TensorRT has no memory left for an engine.", loss.FULL),
    # ONNX Runtime CUDA
    (
        "ONNX Runtime CUDA failed: [ONNXRuntimeError] : 1 : FAIL : CUDA failure 700: an illegal memory access was "
        "encountered ; GPU=0 ; hostname=a ; file=gpu_data_transfer.cc ; line=63 ; expr=cudaMemcpyAsync(...).",
        loss.RESET,
    ),
    ("ONNX Runtime CUDA failed: CUDA failure 2: out of memory ; GPU=0 ; expr=cudaStreamCreateWithFlags.", loss.FULL),
    ("ONNX Runtime CUDA failed: CUDA failure 999: unknown error ; GPU=0.", loss.RESET),
    ("ONNX Runtime CUDA failed: CUDA failure 100: no CUDA-capable device is detected ; GPU=0.", loss.GONE),
    ("ONNX Runtime CUDA failed: bfc_arena.cc:376 Failed to allocate memory for requested buffer of size 9.", loss.FULL),
    ("ONNX Runtime CUDA failed: CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0.", loss.FULL),
    ("ONNX Runtime CUDA failed: CUDNN failure 8: CUDNN_STATUS_EXECUTION_FAILED ; GPU=0.", loss.RESET),
    # ONNX Runtime DirectML
    (
        "ONNX Runtime DirectML failed: [ONNXRuntimeError] : 1 : FAIL : ExecutionProvider.cpp(962)!00007FFABA30B0B1: "
        "(caller: 00007FFABA30B740) Exception(3) tid(5a68) 887A0005 The GPU device instance has been suspended. Use "
        "GetDeviceRemovedReason to determine the appropriate action.",
        loss.RESET,
    ),
    ("ONNX Runtime DirectML failed: DmlGraphFusionHelper.cpp(1078) 887A0006 The GPU will not respond.", loss.RESET),
    ("ONNX Runtime DirectML failed: 887A0020 The driver encountered a problem.", loss.RESET),
    ("ONNX Runtime DirectML failed: 8007000E Not enough memory resources are available.", loss.FULL),
    # OpenVINO on Intel's graphics
    ("OpenVINO failed: Exception from ocl_stream.cpp:372:\n[GPU] clFinish, error code: -5.", loss.RESET),
    ("OpenVINO failed: [GPU] clFlush, error code: -5 CL_OUT_OF_RESOURCES.", loss.RESET),
    ("OpenVINO failed: [GPU] clWaitForEvents, error code: -14.", loss.RESET),
    ("OpenVINO failed: [GPU] clEnqueueNDRangeKernel, error code: -4 CL_MEM_OBJECT_ALLOCATION_FAILURE.", loss.FULL),
    ("OpenVINO failed: [GPU] Exceeded max size of memory object allocation: requested 9 bytes.", loss.FULL),
    ("OpenVINO failed: [GPU] clCreateContext, error code: -2.", loss.GONE),
]
NOTHING_LOST = [
    "ONNX Runtime failed: [ONNXRuntimeError] : 2 : INVALID_ARGUMENT : Got invalid dimensions for input: x.",
    "ONNX Runtime CUDA failed: CUDA failure 801: operation not supported ; GPU=0.",
    "OpenVINO failed: [GPU] clBuildProgram, error code: -11 CL_BUILD_PROGRAM_FAILURE.",
    "TensorRT failed: see the engine's log.",
    "ONNX Runtime DirectML failed: 80070057 The parameter is incorrect.",
    "CUDA failed: cuMemcpyHtoDAsync says CUDA_ERROR_INVALID_VALUE.",
]


@pytest.mark.parametrize(("words", "lost"), SAID)
def test_a_lost_device_is_known_by_what_the_runtime_says(words: str, lost: loss.Loss) -> None:
    explained = loss.explained(BackendError(words), "the card")
    assert explained is not None
    assert (explained.message, explained.remedy) == (lost.message.format(device="the card"), lost.remedy)


@pytest.mark.parametrize("words", NOTHING_LOST)
def test_other_failures_of_a_runtime_are_no_loss(words: str) -> None:
    assert loss.explained(BackendError(words), "the card") is None


@pytest.mark.parametrize("error", [PictureError("The picture is out of memory."), MemoryError("out of memory")])
def test_only_a_runtime_can_tell_of_a_lost_device(error: Exception) -> None:
    assert loss.explained(error, "the card") is None
