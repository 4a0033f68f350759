"""TensorRT and TensorRT-RTX on a card that isn't there. An engine is the ONNX file itself; ONNX Runtime computes it."""

from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime as ort

from ezvtb.backends.null import NullGraph

from .fake_card import Gpu

NUMPY = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}


class Mode(Enum):
    NONE, INPUT, OUTPUT = range(3)


NULL = b"null "

DAMAGED, OF_ANOTHER_DRIVER = b"damaged timings", b"timings of another driver"
"""Timing caches that TensorRT doesn't read, and doesn't use."""


class NullSession:
    """A stage of the null backend where ONNX Runtime's session is expected."""

    def __init__(self, stage: str) -> None:
        self._graph = NullGraph(stage)

    def get_inputs(self) -> list[Any]:
        return self._described(self._graph.inputs)

    def get_outputs(self) -> list[Any]:
        return self._described(self._graph.outputs)

    def run(self, names: list[str], inputs: dict[str, Any]) -> list[Any]:
        given = {name: np.empty(spec.shape, spec.dtype) for name, spec in self._graph.outputs.items()}
        self._graph.run({**inputs, **given})
        return [given[name] for name in names]

    def _described(self, specs: Any) -> list[Any]:
        types = {np.dtype(dtype): name for name, dtype in NUMPY.items()}
        return [SimpleNamespace(name=name, shape=each.shape, type=types[each.dtype]) for name, each in specs.items()]


class Engine:
    """An engine that is the ONNX file itself."""

    def __init__(self, content: bytes) -> None:
        self.session: Any = (
            NullSession(content[len(NULL) :].decode())
            if content.startswith(NULL)
            else ort.InferenceSession(content, providers=["CPUExecutionProvider"])
        )
        self.tensors = {each.name: (each, Mode.INPUT) for each in self.session.get_inputs()}
        self.tensors |= {each.name: (each, Mode.OUTPUT) for each in self.session.get_outputs()}
        self.num_io_tensors = len(self.tensors)

    def get_tensor_name(self, index: int) -> str:
        return str(list(self.tensors)[index])

    def get_tensor_shape(self, name: str) -> Any:
        return self.tensors[name][0].shape

    def get_tensor_dtype(self, name: str) -> str:
        return str(self.tensors[name][0].type)

    def get_tensor_mode(self, name: str) -> Mode:
        mode: Mode = self.tensors[name][1]
        return mode

    def of_mode(self, mode: Mode) -> list[str]:
        return [name for name, (_, each) in self.tensors.items() if each is mode]


class Context:
    """Its execution context on a card."""

    def __init__(self, engine: Engine, gpu: Gpu) -> None:
        self.engine, self.gpu = engine, gpu
        self.addresses: dict[str, int] = {}

    def set_tensor_address(self, name: str, memory: int) -> bool:
        self.addresses[name] = memory
        return True

    def execute_async_v3(self, stream_handle: int) -> bool:
        if "execute" in self.gpu.fails:
            return False
        if self.gpu.capturing is not None and "capture" in self.gpu.fails:
            return False
        addresses = dict(self.addresses)
        self.gpu.put(lambda: self._compute(addresses))
        return True

    def _compute(self, addresses: dict[str, int]) -> None:
        def array(name: str) -> Any:
            tensor = self.engine.tensors[name][0]
            return np.frombuffer(self.gpu.at(addresses[name]), NUMPY[tensor.type]).reshape(tensor.shape)

        inputs = {name: array(name) for name in self.engine.of_mode(Mode.INPUT)}
        names = self.engine.of_mode(Mode.OUTPUT)
        for name, value in zip(names, self.engine.session.run(names, inputs)):
            array(name)[...] = value


def tensorrt(gpu: Gpu) -> Any:
    """`tensorrt` with that card."""

    class Logger:
        WARNING = 2

        def __init__(self, severity: int) -> None:
            pass

    class Runtime:
        def __init__(self, logger: Logger) -> None:
            if "start" in gpu.fails:
                raise TypeError("pybind11::init(): factory function returned nullptr")

        def deserialize_cuda_engine(self, content: bytes) -> Any:
            gpu.check()
            if not content.startswith(b"engine of "):
                return None
            engine: Any = Engine(content[len(b"engine of ") :])
            engine.create_execution_context = lambda: None if "context" in gpu.fails else Context(engine, gpu)
            return engine

    class Builder:
        def __init__(self, logger: Logger) -> None:
            gpu.check()
            if "start" in gpu.fails:
                raise TypeError("pybind11::init(): factory function returned nullptr")

        def create_network(self, flags: int) -> Any:
            assert flags == 1
            return SimpleNamespace(content=b"")

        def create_builder_config(self) -> Any:
            config = SimpleNamespace(flags={"TF32"}, timings=b"", monitor=None)
            config.clear_flag = config.flags.discard
            config.set_memory_pool_limit = lambda pool, size: None
            config.create_timing_cache = lambda given: (
                None if given == DAMAGED else SimpleNamespace(given=given, serialize=lambda: given + b"timed.")
            )
            config.set_timing_cache = lambda cache, ignore_mismatch: cache.given != OF_ANOTHER_DRIVER
            return config

        def build_serialized_network(self, network: Any, config: Any) -> Any:
            assert not config.flags
            monitor = config.progress_monitor
            monitor.phase_start("building", None, 2)
            for step in range(2):
                monitor.phase_start("timing", "building", 4)
                for inner in range(4):
                    monitor.step_complete("timing", inner)
                monitor.phase_finish("timing")
                monitor.step_complete("building", step)
            monitor.phase_finish("building")
            return None if "build" in gpu.fails else b"engine of " + network.content

    class OnnxParser:
        num_errors = 1

        def __init__(self, network: Any, logger: Logger) -> None:
            self.network = network

        def parse_from_file(self, model: str) -> bool:
            self.network.content = Path(model).read_bytes()
            return "parse" not in gpu.fails

        def get_error(self, index: int) -> str:
            return "an operator that there isn't"

    return SimpleNamespace(
        __version__="11.4.0.106",
        Logger=Logger,
        Runtime=Runtime,
        Builder=Builder,
        OnnxParser=OnnxParser,
        IProgressMonitor=type("IProgressMonitor", (), {}),
        TensorIOMode=Mode,
        NetworkDefinitionCreationFlag=SimpleNamespace(STRONGLY_TYPED=0),
        BuilderFlag=SimpleNamespace(TF32="TF32"),
        MemoryPoolType=SimpleNamespace(WORKSPACE="WORKSPACE"),
        nptype=NUMPY.__getitem__,
    )


def tensorrt_rtx(gpu: Gpu) -> Any:
    """`tensorrt_rtx_bindings` with that card. An engine's kernels are the words "kernels of this driver"."""
    trt = tensorrt(gpu)

    class Kernels:
        content = b""

        def deserialize(self, blob: bytes) -> bool:
            gpu.check()
            self.content = blob if blob == b"kernels of this driver" else b""
            return bool(self.content)

        def serialize(self) -> bytes:
            return self.content

    class Runtime(trt.Runtime):  # type: ignore[misc, name-defined]
        def deserialize_cuda_engine(self, content: bytes) -> Any:
            engine = super().deserialize_cuda_engine(content)
            if engine is not None:
                config = SimpleNamespace(create_runtime_cache=Kernels, kernels=None)
                config.set_runtime_cache = lambda cache: setattr(config, "kernels", cache)
                engine.create_runtime_config = lambda: config
                make = engine.create_execution_context
                engine.create_execution_context = lambda runtime_config: compiled(runtime_config, make())
            return engine

    def compiled(runtime_config: Any, context: Any) -> Any:
        gpu.compiled += not runtime_config.kernels.content
        runtime_config.kernels.content = b"kernels of this driver"
        return context

    class Builder(trt.Builder):  # type: ignore[misc, name-defined]
        def create_builder_config(self) -> Any:
            config = super().create_builder_config()
            del config.create_timing_cache, config.set_timing_cache  # they'd warn, and come to an end
            config.set_compute_capability = lambda capability, index: setattr(config, "made_for", (capability, index))
            return config

        def build_serialized_network(self, network: Any, config: Any) -> Any:
            assert (config.num_compute_capabilities, config.made_for) == (1, ("this card", 0))
            return super().build_serialized_network(network, config)

    capabilities = SimpleNamespace(CURRENT="this card")
    return SimpleNamespace(
        **{**vars(trt), "__version__": "1.7.1.116", "Runtime": Runtime, "Builder": Builder},
        ComputeCapability=capabilities,
    )
