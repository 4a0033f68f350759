"""Makes the small network of `ezvtb.backends.check`, its input and its answer: run me."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).parents[2] / "core" / "ezvtb" / "backends" / "check"
SIZE, CHANNELS = 64, 8
LOUD = 40.0
"""What the values before the first normalisation are multiplied by: the sum of 64x64 squares is far above 65504."""


def network(half: bool) -> onnx.ModelProto:
    """(1, 64, 64, 4) uint8 -> likewise; inside, float16 where `half`."""
    random = np.random.default_rng(5)
    kind, dtype = (TensorProto.FLOAT16, np.float16) if half else (TensorProto.FLOAT, np.float32)
    constants: list[onnx.TensorProto] = []
    nodes: list[onnx.NodeProto] = []
    count = iter(range(100))

    def constant(value: "NDArray[Any]") -> str:
        name = f"c{next(count)}"
        constants.append(numpy_helper.from_array(value, name))
        return name

    def weights(*shape: int) -> str:
        return constant((random.normal(size=shape) / np.sqrt(np.prod(shape[1:]))).astype(dtype))

    def number(value: float) -> str:
        return constant(np.array(value, dtype))

    def add(operator: str, *inputs: str, **attributes: Any) -> str:
        name = f"t{next(count)}"
        nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def normalised(x: str, channels: int) -> str:
        ones, zeros = np.ones(channels, dtype), np.zeros(channels, dtype)
        return add("InstanceNormalization", x, constant(ones), constant(zeros), epsilon=1e-5)

    x = add("Transpose", add("Cast", "given", to=kind), perm=[0, 3, 1, 2])
    pixels = x = add("Mul", x, number(1 / 255))
    x = add("Mul", add("Conv", x, weights(CHANNELS, 4, 3, 3), pads=[1, 1, 1, 1]), number(LOUD))
    x = add("Relu", normalised(x, CHANNELS))
    x = add("Conv", x, weights(16, CHANNELS, 4, 4), pads=[1, 1, 1, 1], strides=[2, 2])
    x = add("PRelu", x, constant(np.full((16, 1, 1), 0.25, dtype)))
    x = add("ConvTranspose", x, weights(16, CHANNELS, 4, 4), pads=[1, 1, 1, 1], strides=[2, 2])
    x = add("Sigmoid", normalised(x, CHANNELS))
    x = add("Resize", x, "", constant(np.array([1, 1, 0.5, 0.5], np.float32)), mode="linear")
    x = add("DepthToSpace", x, blocksize=2)  # (1, 2, 64, 64): where the pixels come from, -1..1
    shift = add("Transpose", add("Tanh", x), perm=[0, 2, 3, 1])
    line = np.linspace(-1, 1, SIZE).astype(dtype)
    rest = np.stack(np.meshgrid(line, line), axis=-1)[None]
    grid = add("Add", add("Mul", shift, number(0.2)), constant(rest))
    x = add("GridSample", pixels, grid, mode="bilinear", padding_mode="border", align_corners=1)
    x = add("Clip", add("Mul", x, number(255)), number(0), number(255))
    x = add("Round", add("Cast", add("Transpose", x, perm=[0, 2, 3, 1]), to=TensorProto.FLOAT))
    nodes.append(helper.make_node("Cast", [x], ["answer"], to=TensorProto.UINT8))
    shape = [1, SIZE, SIZE, 4]
    graph = helper.make_graph(
        nodes,
        "check",
        [helper.make_tensor_value_info("given", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info("answer", TensorProto.UINT8, shape)],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.checker.check_model(model, full_check=True)
    return model


def image() -> "NDArray[np.uint8]":
    """Something smooth with an edge in it, and other channels each: (1, 64, 64, 4)."""
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    waves = [np.sin(7 * x + 3 * y), np.cos(5 * y), x * y * 2 - 1, np.where(x + y < 0.9, 1.0, -0.5)]
    return np.rint((np.stack(waves, axis=-1)[None] + 1) * 127.5).astype(np.uint8)


def main() -> None:
    """Writes the files."""
    FOLDER.mkdir(exist_ok=True)
    for precision in ("fp32", "fp16"):
        onnx.save(network(precision == "fp16"), FOLDER / f"check_{precision}.onnx")
    session = ort.InferenceSession(str(FOLDER / "check_fp32.onnx"), providers=["CPUExecutionProvider"])
    np.save(FOLDER / "given.npy", image())
    np.save(FOLDER / "answer.npy", session.run(None, {"given": image()})[0])


if __name__ == "__main__":
    main()
