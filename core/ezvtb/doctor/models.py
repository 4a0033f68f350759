"""The installed models, every checksum computed."""

from ezvtb.doctor.finding import Finding, Problem, problem_of
from ezvtb.errors import ModelError
from ezvtb.models import store
from ezvtb.models.manifest import IMPORTED, read_manifest

POSER = "tha3_separable"
"""Without it there is no avatar; without the others it lacks something."""


def check() -> Finding:
    """Which are there and whole."""
    facts: list[str] = []
    problems: list[Problem] = []
    models = read_manifest()
    for name in (*models, *IMPORTED):
        needed = name in models and models[name].default
        if needed or store.model_folder(name).exists():
            _look(name, facts, problems)
        elif name in models:
            facts.append(f"{name}: not installed; only super resolution needs it")
    return Finding(facts, problems)


def _look(name: str, facts: "list[str]", problems: "list[Problem]") -> None:
    grave = name == POSER
    try:
        record = store.read_record(name)
        found = store.problems(name)
        if not found:
            for precision in sorted({path.split("/")[0] for path in record.graphs} if record else ()):
                store.find(name, precision)
    except ModelError as error:
        problems.append(problem_of(error, grave))
        return
    if found:
        more = f" And {len(found) - 1} more." if len(found) > 1 else ""
        problems.append(Problem(found[0] + more, store.remedy(name, record), grave))
    elif record:
        size = sum(graph.bytes for graph in record.graphs.values()) / 1e6
        precisions = " and ".join(sorted({path.split("/")[0] for path in record.graphs}))
        origin = ", imported" if record.imported else ""
        facts.append(f"{name}: {precisions}, {size:.0f} MB, every file as it was installed{origin}")
