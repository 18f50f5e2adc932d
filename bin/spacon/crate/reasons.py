"""Why what two runs of the same code, inputs and parameters made is not the same to the bit."""

from collections.abc import Iterator

from spacon.crate.reading import Crate, Entity

UNKNOWN = "none found: code, inputs, parameters, packages, engine, image, threads and processor are the same"


def reasons_of(result: Entity, before: Crate, after: Crate) -> str:
    """Return what differs behind a file of results, in words."""
    tasks = {task["name"]: task for task in after.tasks()}
    settings = [
        reason
        for task in before.behind(result)
        if task["name"] in tasks
        for reason in _of_task(before.settings(task), after.settings(tasks[task["name"]]))
    ]
    found = dict.fromkeys(
        [*settings, *_of_device(result, before, after), *_of_image(before, after), *_of_packages(before, after)]
    )
    return "; ".join(found) or UNKNOWN


def _of_task(one: dict[str, str], two: dict[str, str]) -> Iterator[str]:
    """Return how the surroundings of a task differ."""
    if one.get("threads") != two.get("threads"):
        yield f"threads: {one.get('threads')}, now {two.get('threads')}"
    processors = [f"{found.get('processor')} with {found.get('instructions')}" for found in (one, two)]
    if "fast" in (one.get("numerics"), two.get("numerics")) and processors[0] != processors[1]:
        yield f"processor in fast numerics: {processors[0]}, now {processors[1]}"


def _of_device(result: Entity, before: Crate, after: Crate) -> Iterator[str]:
    """Return how the device differs that a sample was trained on, where it was chosen automatically."""
    table = f"{result['@id'].split('/')[0]}/metrics.csv"
    one, two = (crate.devices(table) for crate in (before, after))
    if one != two:
        yield f"trained on {one}, now on {two}"


def _of_image(before: Crate, after: Crate) -> Iterator[str]:
    one, two = (crate.entities.get("#image", {"name": "no image"}) for crate in (before, after))
    if one.get("sha256") != two.get("sha256"):
        yield f"image: {one['name']}, now {two['name']}" + (" with other bytes" if one["name"] == two["name"] else "")


def _of_packages(before: Crate, after: Crate) -> Iterator[str]:
    one, two = before.versions, after.versions
    for package in sorted(one.keys() | two.keys()):
        if one.get(package) != two.get(package):
            yield f"{package}: {one.get(package)}, now {two.get(package)}"
