"""The record of a run as Nextflow tells it (modules/functions/record.nf), with files known by what they are."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from spacon.crate.parts import Part

# What numbers may depend on beside files and parameters, as a task's command says it.
SETTINGS = ("device", "numerics", "seed", "threads")


def linked(record: dict[str, Any], parts: Sequence[Part]) -> dict[str, Any]:
    """Return the record with the files that each task took and made as name, size and SHA-256, and with its settings.

    A file that is in the crate has its name there, any other its own. What a task took is what another made, or what a
    user brought; other things, such as the pipeline's notebooks, are in source/ and left out.
    """
    in_crate = {part.sha256: part.name for part in reversed(parts)}
    made = {found["path"]: found for task in record["tasks"] for found in task["makes"].values()}

    def known(name: str, found: dict[str, Any]) -> dict[str, Any]:
        return {"name": in_crate.get(found["sha256"], name), "size": found["size"], "sha256": found["sha256"]}

    tasks = []
    for task in record["tasks"]:
        made_before = {name: known(name, made[path]) for name, path in task["takes"].items() if path in made}
        others = [path.rpartition("/")[2] for path in task["takes"].values() if path not in made]
        tasks.append(
            task
            | {"takes": made_before | brought_to(task["name"], others, record["inputs"])}
            | {"makes": {name: known(name, found) for name, found in task["makes"].items()}}
            | {"settings": settings_of(task["command"])}
        )
    return record | {"tasks": tasks}


def brought_to(task: str, names: Sequence[str], inputs: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the files of a task's sample that a user brought under such names; a folder stands for all in it."""
    sample = sample_of(task)
    mine = [found for found in inputs if sample is not None and found["sample"] == sample]
    return {
        name_of_input(found): {"name": name_of_input(found), "size": found["size"], "sha256": found["sha256"]}
        for found in mine
        if found["name"].partition("/")[0] in names
    }


def sample_of(task: str) -> str | None:
    """Return the sample that a task's name has, such as `TRAIN (one, seed 1)`."""
    found = re.search(r"\((\S+?)[ ,)]", task)
    return found[1] if found else None


def name_of_input(given: Mapping[str, Any]) -> str:
    """Return the name in a crate of a file that a user brought."""
    return "/".join(["inputs", *filter(None, [given["sample"]]), given["name"]])


def settings_of(command: str) -> dict[str, str]:
    """Return the settings that a command names, such as `--seed 1` or `--numerics=portable`."""
    return dict(re.findall(rf"--({'|'.join(SETTINGS)})[= ](\S+)", command))
