"""What the README says is true where a test can tell."""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from ezvtb.options import Options
from ezvtb.tracking.protocols.raw import DEFAULT_PORT

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


def test_the_example_runs_as_it_stands(tmp_path: Path, avatar_file: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (tmp_path / "character.png").write_bytes(avatar_file.read_bytes())
    project = Path(__file__).parents[1]
    program = f"import sys; sys.path.insert(0, {str(project / 'core')!r})\n{example}"
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, timeout=120)
    with Image.open(tmp_path / "frame.png") as frame:
        assert (frame.size, frame.mode) == ((512, 512), "RGBA")


@pytest.mark.parametrize("field", dataclasses.fields(Options), ids=lambda field: field.name)
def test_every_option_is_in_the_table_with_its_default(field: "dataclasses.Field[object]") -> None:
    (line,) = re.findall(rf"^\| .*`{field.name}`.*$", README, re.MULTILINE)
    assert f"`{field.default}`" in line


def test_the_port_is_the_one_that_is_listened_on() -> None:
    assert f"`{DEFAULT_PORT}`" in README


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(((?!http)[^)#]+)\)", README))) or ["README.md"])
def test_links_lead_to_files_that_exist(path: str) -> None:
    assert (Path(__file__).parents[1] / path).exists()
