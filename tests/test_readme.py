"""What the README says is true where a test can tell."""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from ezvtb.options import Options
from ezvtb.setup import arguments
from ezvtb.setup.runtime_choice import SETS
from ezvtb.tracking.protocols import PROTOCOLS, Protocol

PROJECT = Path(__file__).parents[1]
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
README, TRACKERS = ((PROJECT / page).read_text("utf-8") for page in ("README.md", "docs/trackers.md"))


def test_the_example_runs_as_it_stands(tmp_path: Path, avatar_file: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (tmp_path / "character.png").write_bytes(avatar_file.read_bytes())
    program = f"import sys; sys.path.insert(0, {str(PROJECT / 'core')!r})\n{example}"
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, timeout=120)
    with Image.open(tmp_path / "frame.png") as frame:
        assert (frame.size, frame.mode) == ((512, 512), "RGBA")


@pytest.mark.parametrize("field", dataclasses.fields(Options), ids=lambda field: field.name)
def test_every_option_is_in_the_table_with_its_default(field: "dataclasses.Field[object]") -> None:
    (line,) = re.findall(rf"^\| .*`{field.name}`.*$", README, re.MULTILINE)
    assert f"`{field.default}`" in line


@pytest.mark.parametrize("option", re.findall(r"^  --([\w-]+)", arguments.parser().format_help(), re.MULTILINE))
def test_every_option_of_the_installer_is_told(option: str) -> None:
    assert f"--{option}" in README


@pytest.mark.parametrize("name", SETS)
def test_every_set_of_runtimes_is_told(name: str) -> None:
    assert re.search(rf"`(--runtime )?{name}`", README)


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda each: each.name)
def test_every_tracker_and_its_ports_are_on_the_page_of_trackers(protocol: Protocol) -> None:
    assert protocol.name in TRACKERS
    if protocol.requests is None:  # who asks a phone needs to know no port
        assert all(str(port) in TRACKERS for port in protocol.ports)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_exist(page: Path) -> None:
    links = set(re.findall(r"\]\(((?!http)[^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")))
    assert [link for link in links if not (page.parent / link).exists()] == []
