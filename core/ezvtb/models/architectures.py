"""Which architectures the graph builder knows, and the version of each.

No ONNX in here: the engine reads it at its start.
"""

from ezvtb.errors import ModelError

from .manifest import describe

GRAPH_VERSIONS = {"tha3": 4, "rife40": 2, "animevideo": 3, "upconv7": 1}
"""Raised whenever a graph built from the same weights would differ: installed graphs of another version are rebuilt."""

ADAPTER_VERSION = 1
"""The same for the parts that are put around a user's own ONNX graphs."""


def graph_version(name: str) -> int:
    """The version of the code that builds the graphs of the model `name`."""
    architecture = describe(name).architecture
    if architecture not in GRAPH_VERSIONS:
        raise ModelError(f"The manifest asks for the unknown architecture {architecture!r}.")
    return GRAPH_VERSIONS[architecture]
