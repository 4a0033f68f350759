"""What is called of TensorRT and of cuda-bindings, against what their wheels have (see `record_tensorrt`)."""

import ast
import importlib
import json
import re
from pathlib import Path

import pytest

from ezvtb.backends import cuda, engines

from .fake_card import Gpu

RECORDED = {
    name.partition(" ")[0]: api
    for file in ("tensorrt", "tensorrt_rtx")
    for name, api in json.loads((Path(__file__).parent / "recorded" / f"{file}.json").read_text("utf-8")).items()
}
DRIVER, MEMBERS = RECORDED["cuda-bindings"], RECORDED["members"]
SOURCES = {"tensorrt": ["tensorrt", "tensorrt_build"], "tensorrt-rtx": ["tensorrt", "tensorrt_build", "just_in_time"]}
"""What each of the two TensorRTs runs."""
OBJECTS = {
    "builder": "Builder",
    "parser": "OnnxParser",
    "config": "IBuilderConfig",
    "timings": "ITimingCache",
    "runtime_config": "IRuntimeConfig",
    "kernels": "IRuntimeCache",
    "engine": "ICudaEngine",
    "context": "IExecutionContext",
    "_runtime": "Runtime",
}
"""What TensorRT's objects are called in our sources -> their class."""


def used(flavour: str) -> list[tuple[str, str, str]]:
    """Flavour, class and member of all that our sources use of TensorRT."""
    found = []
    for source in SOURCES[flavour]:
        for node in ast.walk(ast.parse(Path(engines.__file__).with_name(f"{source}.py").read_text("utf-8"))):
            if not isinstance(node, ast.Attribute):
                continue
            owner = node.value
            if isinstance(owner, ast.Name) and owner.id == "trt":
                found.append(("module", node.attr))
            elif isinstance(owner, ast.Attribute) and isinstance(owner.value, ast.Name) and owner.value.id == "trt":
                found.append((owner.attr, node.attr))
            elif isinstance(owner, ast.Name) and owner.id in OBJECTS:
                found.append((OBJECTS[owner.id], node.attr))
            elif isinstance(owner, ast.Attribute) and owner.attr in OBJECTS:
                found.append((OBJECTS[owner.attr], node.attr))
    return sorted({(flavour, *each) for each in found if each[1][:2] != "__"})


def test_enough_of_tensorrt_is_used_to_be_worth_a_comparison() -> None:
    assert len(used("tensorrt-rtx")) > len(used("tensorrt")) + 5 > 30


@pytest.mark.parametrize(("flavour", "owner", "member"), [*used("tensorrt"), *used("tensorrt-rtx")])
def test_tensorrts_wheels_have_what_is_used(flavour: str, owner: str, member: str) -> None:
    assert member in RECORDED[flavour][owner]


@pytest.mark.parametrize("flavour", SOURCES)
@pytest.mark.parametrize("method", ["phase_start", "step_complete", "phase_finish"])
def test_the_progress_monitor_takes_what_tensorrt_gives(method: str, flavour: str, gpu: Gpu) -> None:
    builder = importlib.import_module("ezvtb.backends.tensorrt_build")
    arguments = re.findall(r"(\w+): ", RECORDED[flavour]["IProgressMonitor"][method].partition("->")[0])
    code = getattr(builder.Phases, method).__code__
    assert list(code.co_varnames[: code.co_argcount]) == arguments


def test_cuda_bindings_has_the_functions_that_are_called_with_as_many_arguments() -> None:
    source = ast.parse(Path(cuda.__file__).read_text("utf-8"))
    calls = {}
    for node in ast.walk(source):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            texts = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if node.func.attr == "_call" and texts:
                calls[texts[0]] = len(node.args) - 1
            elif node.func.attr == "_freed_with":
                calls[texts[0]] = 1
    assert calls.keys() == DRIVER.keys() | calls.keys()
    for name, count in calls.items():
        inside = DRIVER[name].partition("(")[2].rpartition(")")[0]
        assert count == len(inside.split(",")) - (inside == ""), name


BINDINGS = Path(cuda.__file__).read_text("utf-8").partition("class BindingsCard")[2]


@pytest.mark.parametrize(
    ("owner", "member"),
    [
        (owner, member)
        for owner, variable in (
            ("CUDA_MEMCPY2D", "copy"),
            *((name, name) for name in MEMBERS if name != "CUDA_MEMCPY2D"),
        )
        for member in sorted(set(re.findall(rf"\b{variable}\.(\w+)", BINDINGS)))
    ],
)
def test_cuda_bindings_has_the_members_that_are_used(owner: str, member: str) -> None:
    assert member in MEMBERS[owner]
