"""What stands in the code and may be read in the panel: the prose of OBS's process and of all that it starts."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).parents[2]
ROOTS = (PROJECT / "obs_script", PROJECT / "core")
"""What is on `sys.path`."""

_MODULE = re.compile(r"ezvtb(_obs)?(\.\w+)+")
_FIELD = re.compile(r"\{[^{}]*\}")
_WORD = re.compile(r"(?<![\w.%/-])[a-z]{2,}(?![\w(=]|\.\w)")
_CAPITAL_WORD = re.compile(r"\b[A-Z][a-z]+")
_FOREIGN = re.compile(r"\(?(SELECT|INSERT|UPDATE|DELETE|CREATE) |.*\\")
"""SQL, and regular expressions."""
_BOUNDARY = re.compile(r"(?<=[.!?…]) (?=[A-Z{])|(?<=\}) (?=[A-Z][a-z])")
"""Between two sentences: the second may begin with a field, and follow one that holds a whole sentence."""
_UNSEEN_CALLS = {"log", "print", "warning", "add_argument", "ArgumentParser", "Random", "execute", "executescript"}
"""What is given to these is in no panel."""
_UNSEEN_ERRORS = {"ValueError", "TypeError", "RuntimeError", "KeyError", "AttributeError", "OSError", "ProtocolError"}
"""Only a fault of ours raises these, or they are caught where they are raised."""


class Sentence(NamedTuple):
    """One sentence, or a piece of one, that the code makes strings of."""

    module: str
    """"ezvtb.picture"; with the function it stands in: "ezvtb.picture:read"."""
    line: int
    template: str
    """With {} where something is filled in."""

    @property
    def is_prose(self) -> bool:
        """Whether it is English: two words or a whole sentence, and no name, pattern or SQL."""
        if _FOREIGN.match(self.template):
            return False
        bare = _FIELD.sub("", self.template)
        words = _WORD.findall(bare)
        whole = bare.endswith(".") and " " in bare and bool(words or _CAPITAL_WORD.search(bare))
        return whole or len(words) > 1

    @property
    def is_whole(self) -> bool:
        """Whether it is a sentence rather than a piece of one."""
        return self.template.endswith((".", "!", "?")) or (self.template[:1].isupper() and self.template.endswith("}"))


def split(template: str) -> "list[str]":
    """The sentences of a string; fields that hold whole ones are none."""
    parts = [part.strip() for part in _BOUNDARY.split(template)]
    return [part for part in parts if re.search(r"\w", _FIELD.sub("", part))]


def shape(template: str) -> str:
    """The template with {} for each field."""
    return _FIELD.sub("{}", template)


def written() -> "list[Sentence]":
    """All sentences of the modules that the script loads, and of those that the processes load that it starts."""
    return [sentence for name, file in sorted(_modules().items()) for sentence in _sentences(name, file)]


def _modules() -> "dict[str, Path]":
    """By name: the script's own, and what these import, or name in a string to have it run."""
    found: dict[str, Path] = {}
    todo = [".".join(file.relative_to(ROOTS[0]).with_suffix("").parts) for file in ROOTS[0].rglob("*.py")]
    while todo:
        name = todo.pop().removesuffix(".__init__")
        file = _file(name)
        if file is None or name in found:
            continue
        found[name] = file
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                todo += [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                todo += [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _MODULE.fullmatch(node.value):
                todo += [node.value, f"{node.value}.__main__"]
    return found


def _file(name: str) -> "Path | None":
    for root in ROOTS:
        place = root.joinpath(*name.split("."))
        for file in (place.with_suffix(".py"), place / "__init__.py"):
            if file.is_file():
                return file
    return None


def _sentences(name: str, file: Path) -> "Iterator[Sentence]":
    for node, function in _strings(ast.parse(file.read_text("utf-8")), ""):
        for part in split(shape(_template(node))):
            yield Sentence(f"{name}:{function}" if function else name, node.lineno, part)


def _strings(node: ast.AST, function: str) -> "Iterator[tuple[ast.Constant | ast.JoinedStr, str]]":
    """The strings in the code below that node which somebody may see, each with the function it stands in."""
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield node, function
    if isinstance(node, ast.JoinedStr):
        children: list[ast.AST] = [each.value for each in node.values if isinstance(each, ast.FormattedValue)]
    else:
        children = [] if _is_unseen(node) else list(ast.iter_child_nodes(node))
    if isinstance(node, (ast.AnnAssign, ast.arg)):
        children = [each for each in children if each is not node.annotation]
    if isinstance(node, ast.FunctionDef):
        function = node.name
        children = [each for each in children if each is not node.returns]
    for child in children:
        yield from _strings(child, function)


def _is_unseen(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return name in _UNSEEN_CALLS | _UNSEEN_ERRORS
    return isinstance(node, ast.Assert) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _template(node: "ast.Constant | ast.JoinedStr") -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
