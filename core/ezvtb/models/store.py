"""The installed models: where they are, what belongs to one, whether it is whole.

models/tha3_separable/
    installed.json      graph version, checksums of the weights and of every graph
    LICENCE.txt, ATTRIBUTION.txt
    fp32/decomposer.onnx, combiner.onnx, morpher.onnx, rotator.onnx, editor.onnx
    fp16/...
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ezvtb.errors import ModelDamaged, ModelMissing
from ezvtb.paths import RECORD, models_folder

from .architectures import ADAPTER_VERSION, graph_version
from .download import file_sha256
from .manifest import IMPORT, IMPORTED

INSTALL = "Run `python -m ezvtb.models install {}` in the project's folder."


@dataclass(frozen=True)
class GraphFile:
    """One built graph as it was written."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Record:
    """What `installed.json` says.

    Attributes:
        graph_version: the version of the code that built the graphs.
        weights: weights file -> its sha256.
        graphs: path inside the model's folder ("fp32/editor.onnx") -> the graph there.
        origin: "download", or "weights" or "graphs" where a user's folder of PyTorch files or ONNX graphs was imported.
        note: of an import, what was there, in a few words.
    """

    graph_version: int
    weights: dict[str, str]
    graphs: dict[str, GraphFile]
    origin: str = "download"
    note: str = ""

    @property
    def imported(self) -> bool:
        """Whether it is from a folder of the user's."""
        return self.origin != "download"

    def to_json(self) -> str:
        """The text of `installed.json`."""
        graphs = {path: vars(graph) for path, graph in self.graphs.items()}
        return json.dumps(vars(self) | {"graphs": graphs}, indent=2) + "\n"


@dataclass(frozen=True)
class InstalledModel:
    """An installed model in one precision.

    Attributes:
        name: its name in the manifest.
        precision: "fp32" or "fp16".
        folder: where its graphs are.
        graphs: network -> path of its graph, in the order in which they run.
        identity: hex; the same exactly when weights, graph version and precision are the same.
    """

    name: str
    precision: str
    folder: Path
    graphs: dict[str, Path]
    identity: str


def model_folder(name: str) -> Path:
    """Where the model `name` is when it is installed."""
    return models_folder() / name


def read_record(name: str) -> Record | None:
    """What is installed under `name`, or None.

    Raises:
        ModelDamaged: something is there, but not what an install leaves.
    """
    path = model_folder(name) / RECORD
    if not path.parent.exists():
        return None
    try:
        data: Any = json.loads(path.read_text("utf-8"))
        graphs = {str(file): GraphFile(**graph) for file, graph in data["graphs"].items()}
        origin, note = str(data.get("origin", "download")), str(data.get("note", ""))
        return Record(int(data["graph_version"]), dict(data["weights"]), graphs, origin, note)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelDamaged(
            f"The installed model {name} is incomplete: {RECORD} can't be read.", remedy(name)
        ) from error


def find(name: str = "tha3_separable", precision: str = "fp32") -> InstalledModel:
    """The installed model `name` in `precision`. Sizes are checked, checksums are not: that is `verify`'s work.

    Raises:
        ModelMissing: it is not installed, not in this precision, or by an older version of the program.
        ModelDamaged: a file of it is missing or has another size than the one installed.
    """
    record = read_record(name)
    if record is None:
        raise ModelMissing(f"The model {name} is not installed.", remedy(name))
    again = remedy(name, record)
    if not is_current(name, record):
        raise ModelMissing(f"The model {name} was installed by another version of EZVTB Avatar.", again)
    folder = model_folder(name)
    chosen = {file: graph for file, graph in record.graphs.items() if file.startswith(f"{precision}/")}
    if not chosen:
        raise ModelMissing(f"The model {name} is not installed in precision {precision!r}.", again)
    graphs = {}
    for file, graph in chosen.items():
        path = folder / file
        if not path.is_file() or path.stat().st_size != graph.bytes:
            raise ModelDamaged(f"The installed model {name} is damaged: {file} is missing or incomplete.", again)
        graphs[path.stem] = path
    return InstalledModel(name, precision, folder / precision, graphs, _identity(record, precision))


def is_current(name: str, record: Record) -> bool:
    """Whether this version of the program would build the same graphs from the same weights."""
    return record.graph_version == (ADAPTER_VERSION if record.origin == "graphs" else graph_version(name))


def remedy(name: str, record: Record | None = None) -> str:
    """What to do where the model `name`, of which this is the record, is missing or damaged."""
    if name in IMPORTED or (record and record.imported):
        return IMPORT.format(name)
    return INSTALL.format(name)


def problems(name: str) -> list[str]:
    """What is wrong with the installed model `name`, one sentence each; every checksum is computed."""
    record = read_record(name)
    if record is None:
        return [f"{name} is not installed."]
    found = []
    for file, graph in record.graphs.items():
        path = model_folder(name) / file
        if not path.is_file():
            found.append(f"{name}: {file} is missing.")
        elif path.stat().st_size != graph.bytes or file_sha256(path) != graph.sha256:
            found.append(f"{name}: {file} is not as it was installed.")
    return found


def _identity(record: Record, precision: str) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in (str(record.graph_version), precision, *(f"{k}={v}" for k, v in sorted(record.weights.items()))):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()
