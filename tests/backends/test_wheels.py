"""What is called of TensorRT, cuda-bindings and pycuda, against what they have (`record_tensorrt`, `record_pycuda`)."""

import ast
import importlib
import json
import re
from pathlib import Path

import pytest

from ezvtb.backends import cuda, engines

from . import fake_drivers
from .fake_card import Gpu

RECORDED = {
    name.partition(" ")[0]: api
    for file in ("tensorrt", "tensorrt_rtx", "pycuda")
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


PYCUDA = RECORDED["pycuda"]
PYCUDAS_OBJECTS = {"copy": "Memcpy2D", "_stream": "Stream", "event": "Event", "start": "Event", "_context": "Context"}
"""What pycuda's objects are called in our source -> their class."""


def pycudas_source() -> ast.ClassDef:
    module = ast.parse(Path(cuda.__file__).read_text("utf-8"))
    return next(node for node in module.body if isinstance(node, ast.ClassDef) and node.name == "PycudaCard")


def used_of_pycuda() -> set[tuple[str, str]]:
    """Class and member of all that our source uses."""
    found = set()
    for node in ast.walk(pycudas_source()):
        if isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Name, ast.Attribute)):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if owner in PYCUDAS_OBJECTS:
                found.add((PYCUDAS_OBJECTS[owner], node.attr))
    return found


def test_pycuda_has_the_members_that_are_used() -> None:
    used_now = used_of_pycuda()
    assert {owner for owner, _ in used_now} == set(PYCUDAS_OBJECTS.values())
    assert len(used_now) > 15
    assert {(owner, member) for owner, member in used_now if member not in PYCUDA[owner]} == set()
    assert {"__call__"} <= PYCUDA["Memcpy2D"].keys()
    assert {"retain_primary_context"} <= PYCUDA["Device"].keys()
    assert {"__int__"} <= PYCUDA["DeviceAllocation"].keys()


def test_pycuda_takes_as_many_arguments_as_its_functions_are_given() -> None:
    given = {
        node.args[0].attr: len(node.args) - 1
        for node in ast.walk(pycudas_source())
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "_call"
        and isinstance(node.args[0], ast.Attribute)
        and ast.unparse(node.args[0].value) == "self._cuda"
    }
    assert set(given) == set(PYCUDA["module"]) - {"init"}
    for name, count in given.items():
        if arguments := PYCUDA["module"][name]:  # of `mem_alloc` it doesn't tell them
            assert len([each for each in arguments if each[-1] != "="]) <= count <= len(arguments), name


def test_the_pycuda_of_the_tests_has_nothing_that_pycuda_lacks(gpu: Gpu) -> None:
    fake = fake_drivers.pycuda(gpu)
    classes = {"Device": fake.Device, "Stream": fake.Stream, "Event": fake.Event, "Memcpy2D": fake.Memcpy2D}
    for name, kind in classes.items():
        assert {each for each in vars(kind) if each[0] != "_"} <= PYCUDA[name].keys()
    assert {each for each in vars(fake) if each.islower()} <= PYCUDA["module"].keys()
