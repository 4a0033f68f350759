"""Records what pycuda's driver module has, from its source distribution, without building it.

    python tests/backends/record_pycuda.py pycuda-*.tar.gz     # recorded/pycuda.json

Names and arguments are those that `wrap_cudadrv.cpp` gives Boost.Python; one that may be left out ends with "=".
"""

import json
import re
import sys
import tarfile
from pathlib import Path

FILE = Path(__file__).parent / "recorded" / "pycuda.json"
SOURCE = "src/wrapper/wrap_cudadrv.cpp"
CLASSES = ("Context", "Device", "Event", "Memcpy2D", "Stream", "DeviceAllocation")
FUNCTIONS = ("init", "mem_alloc", "memcpy_dtoh_async", "memcpy_htod_async", "memset_d8_async", "pagelocked_empty")

_MACRO = re.compile(r"#define (WRAP_\w+) \\\n((?:.*\\\n)*.*\n)")
_DEFINED = re.compile(
    r'py::class_<(?:[^"();]|\([^"();]*\))*\(\s*"(?P<owner>\w+)"'
    r'|(?P<function>py::def)\(\s*"(?P<called>\w+)"'
    r'|\.(?:def|def_readwrite|def_readonly|add_property)\(\s*"(?P<member>\w+)"'
    r"|\.(?:DEF_SIMPLE_METHOD\w*|DEF_SIMPLE_R[OW]_MEMBER)\(\s*(?P<simple>\w+)"
)
_ARGUMENT = re.compile(r'py::args\((?P<names>[^)]*)\)|py::arg\("(?P<name>\w+)"\)(?P<default>\s*=)?')


def recorded(source: str) -> "dict[str, dict[str, list[str]]]":
    """Of each class its members, and as "module" the functions: the names of their arguments, none where not given."""
    macros = _MACRO.findall(source)
    source = _MACRO.sub("", source)
    for name, content in macros:
        source = re.sub(rf"^ *{name}\b", lambda _, text=content: text, source, flags=re.MULTILINE)
    found: dict[str, dict[str, list[str]]] = {"module": {}}
    owner = ""
    places = [*_DEFINED.finditer(source)]
    for place, after in zip(places, [*places[1:], None]):
        text = source[place.end() : after.start() if after else None].partition(";")[0]
        if place["owner"]:
            owner = place["owner"]
            found.setdefault(owner, {})
        elif place["function"]:
            found["module"][place["called"]] = _arguments(text)
        elif owner:
            found[owner][place["member"] or place["simple"]] = _arguments(text)
    return found


def _arguments(text: str) -> "list[str]":
    found = []
    for each in _ARGUMENT.finditer(text):
        names = [each["name"] + "=" * bool(each["default"])] if each["name"] else re.findall(r"\w+", each["names"])
        found += [name for name in names if name != "self"]
    return found


def main() -> None:
    """Writes the file."""
    path = Path(sys.argv[1])
    title = path.name.removesuffix(".tar.gz")
    with tarfile.open(path) as archive:
        member = archive.extractfile(f"{title}/{SOURCE}")
        assert member is not None
        found = recorded(member.read().decode("utf-8"))
    kept = {name: dict(sorted(found[name].items())) for name in CLASSES}
    kept["module"] = {name: found["module"][name] for name in FUNCTIONS}
    FILE.write_text(json.dumps({title.replace("-", " "): kept}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
