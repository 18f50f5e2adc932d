"""What ran, for the metadata of a crate: each task, the step that it was of, the engine, and the whole."""

import csv
from collections.abc import Mapping, Sequence
from typing import Any

from rocrate.model.entity import Entity

from spacon.crate.entities import RUN_TERMS, Entities
from spacon.crate.record import sample_of

Record = Mapping[str, Any]
HOME = "https://github.com/spacon-nf/spacon-nf"
ENGINE = "https://www.nextflow.io/"
COMPLETED, FAILED = "http://schema.org/CompletedActionStatus", "http://schema.org/FailedActionStatus"
IMAGES = {"docker": "DockerImage", "sif": "SIFImage"}
# What of a crate the run did not make.
BROUGHT = ("source/", "inputs/", "image/", "README.md", "verify.py")
# What a task used: its name in the record, what identifies it, its unit.
USED = {
    "cpus": ("https://w3id.org/ro/terms/nf-trace#cpus", "https://qudt.org/vocab/unit/NUM"),
    "peak_memory": ("https://w3id.org/ro/terms/nf-trace#peakRSS", "https://qudt.org/vocab/unit/BYTE"),
    "milliseconds": ("https://w3id.org/ro/terms/nf-trace#realTime", "https://qudt.org/vocab/unit/MilliSEC"),
}


def add_actions(
    entities: Entities,
    record: Record,
    authors: Entity,
    tools: Mapping[str, Entity],
    given: Sequence[Entity],
    values: Mapping[str, Entity],
    of_samples: Mapping[str, Mapping[str, Entity]],
    stages: Mapping[str, Sequence[str]],
) -> None:
    """Add all that ran.

    Args:
        entities: of the crate, with its files.
        record: of the run.
        authors: of the pipeline, who stand for who ran it, whom nobody asked.
        tools: what describes each process.
        given: what the run was given beside parameters.
        values: of the run's parameters, by name.
        of_samples: the same, by sample, of those that have some of their own.
        stages: that each parameter is given to.
    """
    own = [value for found in of_samples.values() for name, value in found.items() if value is not values.get(name)]
    failed = csv.DictReader(record["failed"])
    failures = [_add_failure(entities, row, authors, place) for place, row in enumerate(failed, 1)]
    whole = entities.add(
        "#run",
        "CreateAction",
        name="The run",
        description=record["command"],
        instrument=entities.root["mainEntity"],
        object=[*given, *values.values(), *own],
        result=[entity for name, entity in entities.files.items() if not name.startswith(BROUGHT)],
        actionStatus=FAILED if failures else COMPLETED,
        error="; ".join(failure["error"] for failure in failures) or None,
        **_when(record, authors),
    )
    image = _add_image(entities, record["image"])
    tasks: dict[str, list[Entity]] = {process: [] for process in tools}
    for place, task in enumerate(record["tasks"], 1):
        mine = of_samples.get(sample_of(task["name"]) or "", values)
        chosen = [value for name, value in mine.items() if task["process"].lower() in stages[name]]
        details = {"instrument": tools[task["process"]], "containerImage": image, **_when(task, authors)}
        tasks[task["process"]].append(_add_task(entities, f"#task/{place}", task, chosen, details))
    organized = _add_organization(entities, record, whole, tasks, _when(record, authors))
    entities.root["mentions"] = [whole, organized, *(task for found in tasks.values() for task in found), *failures]


def _when(record: Record, authors: Entity) -> dict[str, Any]:
    return {"startTime": record["started"], "endTime": record["ended"], "agent": authors}


def _add_failure(entities: Entities, row: Mapping[str, str], authors: Entity, place: int) -> Entity:
    """Add what failed, of a run that went on without the sample."""
    return entities.add(
        f"#failed/{place}",
        "CreateAction",
        name=f"{row['stage']} ({row['sample']})",
        instrument=entities.root["mainEntity"],
        agent=authors,
        actionStatus=FAILED,
        error=f"sample {row['sample']} failed in {row['stage']}: {row['reason']}",
    )


def _add_task(
    entities: Entities, identifier: str, task: Record, chosen: Sequence[Entity], details: Mapping[str, Any]
) -> Entity:
    """Add one task: what it took, made and used."""
    used = [
        entities.add_value(f"{identifier}/{name}", name, task[name], propertyID=what, unitCode=unit)
        for name, (what, unit) in USED.items()
        if task.get(name) is not None
    ]
    settings = {"exit_status": task["exit"], "processor": task["processor"], "instructions": task["instructions"]}
    settings |= task["settings"]
    environment = [
        entities.add_value(f"{identifier}/{name}", name, value) for name, value in settings.items() if value is not None
    ]
    return entities.add(
        identifier,
        "CreateAction",
        name=task["name"],
        description=task["command"],
        object=[*entities.data(task["takes"]), *chosen],
        result=entities.data(task["makes"]),
        resourceUsage=used,
        environment=environment,
        actionStatus=COMPLETED,
        **details,
    )


def _add_organization(
    entities: Entities, record: Record, whole: Entity, tasks: Mapping[str, list[Entity]], when: Mapping[str, Any]
) -> Entity:
    """Add the engine's work: the tasks of each step, which made the whole."""
    engine = record["engine"]
    jars = [
        entities.add(f"#engine/{name}", "CreativeWork", name=name, sha256=digest)
        for name, digest in sorted(engine["files"].items())
    ]
    version = f"{engine['version']}, build {engine['build']}, Java {engine['java']}"
    nextflow = {"name": "Nextflow", "url": ENGINE, "softwareVersion": version, "hasPart": jars}
    controls = [
        entities.add(
            f"#control/{process}",
            "ControlAction",
            name=f"Tasks of {process}",
            instrument={"@id": f"#step/{process}"},
            object=found,
            actionStatus=COMPLETED,
        )
        for process, found in tasks.items()
    ]
    return entities.add(
        "#organization",
        "OrganizeAction",
        name="Nextflow's run",
        instrument=entities.add(ENGINE, "SoftwareApplication", **nextflow),
        object=controls,
        result=whole,
        **when,
    )


def _add_image(entities: Entities, image: Record | None) -> Entity | None:
    if image is None:
        return None
    kind = {"@id": RUN_TERMS + IMAGES[image["kind"]]}
    return entities.add(
        "#image", "ContainerImage", additionalType=kind, **{k: image[k] for k in ("name", "registry", "sha256")}
    )
