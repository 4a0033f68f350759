"""Every tensor of THA3's official weights by name and shape, to tell what a `.pt` file is and whether it is whole.

Written as a rule instead of a list, because the two kinds of convolution differ only here: a standard one is one tensor
of (outputs, inputs, size, size); a separable one is two, (inputs, 1, size, size) and (outputs, inputs, 1, 1). The tests
compare with the files of the wheel, and where there is PyTorch with the reference's own classes.
"""

from collections.abc import Mapping
from typing import Literal

Kind = Literal["separable", "standard"]
KINDS: tuple[Kind, ...] = ("separable", "standard")

Shapes = Mapping[str, tuple[int, ...]]

_HEADS: dict[str, tuple[tuple[str, int], ...]] = {
    "decomposer": (
        ("background_layer_alpha.0", 1),
        ("background_layer_color_change.0", 4),
        ("eyebrow_layer_alpha.0", 1),
        ("eyebrow_layer_color_change.0", 4),
    ),
    "combiner": (
        ("morphed_eyebrow_layer_grid_change", 2),
        ("morphed_eyebrow_layer_alpha.0", 1),
        ("morphed_eyebrow_layer_color_change.0", 4),
        ("combine_alpha.0", 1),
    ),
    "morpher": (
        ("iris_mouth_grid_change", 2),
        ("iris_mouth_color_change.0", 4),
        ("iris_mouth_alpha.0", 1),
        ("eye_color_change.0", 4),
        ("eye_alpha.0", 1),
    ),
    "rotator": (("direct_creator.0", 4), ("grid_change_creator", 2)),
    "editor": (("color_change_creator.0", 4), ("alpha_creator.0", 4), ("grid_change_creator", 2)),
}
"""Each network's last convolutions and how many channels they have; a grid change has no bias."""


def shapes(network: str, kind: Kind) -> Shapes:
    """Tensor name -> shape in the state dict of `network` (a key of `ezvtb.models.tha3.NETWORKS`)."""
    table = _Table(kind)
    if network in ("rotator", "editor"):
        _bodies(table, network)
    else:
        _encoder_decoder(table, network)
    for name, channels in _HEADS[network]:
        table.entries[f"{name}.weight"] = (channels, 32 if network == "editor" else 64, 3, 3)
        if name.endswith(".0"):
            table.entries[f"{name}.bias"] = (channels,)
    return table.entries


def _encoder_decoder(table: "_Table", network: str) -> None:
    """`PoserEncoderDecoder00`: see `ezvtb.models.tha3`."""
    # The standard face morpher is of another class, which keeps its blocks at the top.
    body = "" if network == "morpher" and table.kind == "standard" else "body."
    pictures, pose = {"decomposer": (1, 0), "combiner": (2, 12), "morpher": (1, 27)}[network]
    table.down(body, 4 * pictures, 64, 3)
    table.block(f"{body}bottleneck_blocks.0", 512 + pose, 512, 3)
    for i in range(1, 6):
        table.residual(f"{body}bottleneck_blocks.{i}", 512)
    for i in range(3):
        table.transposed(f"{body}upsample_blocks.{i}", 512 >> i)


def _bodies(table: "_Table", network: str) -> None:
    """The U-Net of the editor and the encoder and decoder of the rotator."""
    editor = network == "editor"
    body, widest = ("body.", 256) if editor else ("encoder_decoder.", 512)
    if editor:  # two pictures, a grid change, a pose
        table.down(body, 4 + 4 + 2 + 6, 32, 3)
    else:
        table.down(body, 4 + 6, 64, 7)
    for i in range(6):
        table.residual(f"{body}bottleneck_blocks.{i}", widest)
    for i in range(3):
        wide = widest >> i
        if editor:
            table.block(f"{body}upsample_blocks.{i}", wide + wide // 2, wide // 2, 3)
        else:
            table.block(f"{body}upsample_blocks.{i}.1", wide, wide // 2, 3)


class _Table:
    """Collects the tensors of one network."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.entries: dict[str, tuple[int, ...]] = {}

    def _norm(self, name: str, channels: int) -> None:
        self.entries |= {f"{name}.weight": (channels,), f"{name}.bias": (channels,)}

    def _convolution(self, name: str, inputs: int, outputs: int, size: int) -> None:
        """A convolution that has its name to itself, as in a residual block."""
        if self.kind == "separable":
            self.entries[f"{name}.0.weight"] = (inputs, 1, size, size)
            self.entries[f"{name}.1.weight"] = (outputs, inputs, 1, 1)
        else:
            self.entries[f"{name}.weight"] = (outputs, inputs, size, size)

    def block(self, name: str, inputs: int, outputs: int, size: int) -> None:
        """A convolution and its normalisation."""
        self._convolution(name if self.kind == "separable" else f"{name}.0", inputs, outputs, size)
        self._norm(f"{name}.{2 if self.kind == 'separable' else 1}", outputs)

    def down(self, body: str, inputs: int, outputs: int, size: int) -> None:
        """The first block and three that halve."""
        self.block(f"{body}downsample_blocks.0", inputs, outputs, size)
        for i in range(3):
            self.block(f"{body}downsample_blocks.{i + 1}", outputs << i, outputs << (i + 1), 4)

    def residual(self, name: str, channels: int) -> None:
        """Two convolutions and their normalisations."""
        for number in (0, 3):
            self._convolution(f"{name}.resnet_path.{number}", channels, channels, 3)
            self._norm(f"{name}.resnet_path.{number + 1}", channels)

    def transposed(self, name: str, inputs: int) -> None:
        """A block that doubles; a transposed convolution's weight has its inputs first."""
        if self.kind == "separable":
            self.block(name, inputs, inputs // 2, 4)
        else:
            self.entries[f"{name}.0.weight"] = (inputs, inputs // 2, 4, 4)
            self._norm(f"{name}.1", inputs // 2)
