"""What only TensorRT-RTX has: it compiles an engine's kernels when the context is made, and they are kept in a file."""

import sys
from typing import Any

from ezvtb.backends import engines
from ezvtb.backends.engines import Identity


def build_for_this_card(trt: Any, config: Any) -> None:
    """Has the engine fit the card that is there: for all cards at once, Turing's would be left out."""
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.CURRENT, 0)


def open_context(engine: Any, wanted: Identity) -> Any:
    """An execution context of TensorRT-RTX's engine; None if there is no memory for one.

    It takes seconds, unless the kernels of another time are there. They are not taken if they are broken, or of another
    driver; then they are written anew.
    """
    runtime_config = engine.create_runtime_config()
    kernels = runtime_config.create_runtime_cache()
    before = engines.read_kernels(wanted)
    known = bool(before) and kernels.deserialize(before)
    runtime_config.set_runtime_cache(kernels)
    context = engine.create_execution_context(runtime_config)
    if context is not None and not known:
        try:
            engines.write_kernels(wanted, bytes(memoryview(kernels.serialize())))
        except OSError as error:
            print(f"The kernels of {wanted.graph} can't be kept: {error}.", file=sys.stderr)
    return context
