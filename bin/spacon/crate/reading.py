"""Crates, as others than their maker read them."""

import csv
import json
import zipfile
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from spacon.errors import InputError

Entity = Mapping[str, Any]


class Crate:
    """A crate of a run: its entities by identifier."""

    def __init__(self, path: Path) -> None:
        try:
            self.archive = zipfile.ZipFile(path)
            graph = json.loads(self.archive.read("ro-crate-metadata.json"))["@graph"]
            self.entities: dict[str, Entity] = {entity["@id"]: entity for entity in graph}
            self.results = {entity["@id"]: entity for entity in self.linked(self.entities["#run"], "result")}
        except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
            raise InputError(f"{path.name}: is no crate of SpaCon-nf: {error}") from error

    def linked(self, entity: Entity, name: str) -> list[Entity]:
        """Return the entities that a property links."""
        found = entity.get(name, [])
        return [self.entities[link["@id"]] for link in (found if isinstance(found, list) else [found])]

    def tasks(self) -> Iterable[Entity]:
        """Return the actions that are tasks."""
        return (
            entity
            for identifier, entity in self.entities.items()
            if identifier.startswith("#task/") and entity["@type"] == "CreateAction"
        )

    def settings(self, task: Entity) -> dict[str, str]:
        """Return what numbers of a task may depend on beside files and parameters."""
        return {value["name"]: value["value"] for value in self.linked(task, "environment")}

    @cached_property
    def makers(self) -> dict[str, Entity]:
        """The task that made each file."""
        return {made["@id"]: task for task in self.tasks() for made in self.linked(task, "result")}

    @cached_property
    def versions(self) -> dict[str, Any]:
        """The version of each package, of all processes together."""
        told = yaml.safe_load(self.text("pipeline_info/versions.yml")) or {}
        return {package: version for process in told.values() for package, version in process.items()}

    def behind(self, result: Entity) -> list[Entity]:
        """Return the tasks that a file was made by, from the first to the last."""
        found: dict[str, Entity] = {}
        wanted = [result]
        while wanted:
            maker = self.makers.get(wanted.pop()["@id"])
            if maker is not None and maker["name"] not in found:
                found[maker["name"]] = maker
                wanted += self.linked(maker, "object")
        return sorted(found.values(), key=lambda task: (task["startTime"], task["name"]))

    def text(self, name: str) -> str:
        """Return what a file of the crate says."""
        return self.archive.read(name).decode("utf-8")

    def devices(self, table: str) -> str:
        """Return what a table of metrics says of where training ran; nothing if the crate does not hold it."""
        rows = csv.DictReader(self.text(table).splitlines()) if table in self.results else []
        return ", ".join(sorted({row["device"] for row in rows}))

    def take_out(self, name: str, folder: Path) -> Path:
        """Write a file of the crate into a folder, under its last name alone; return where."""
        place = folder / Path(name).name
        with self.archive.open(name) as source, place.open("wb") as target:
            while block := source.read(2**20):
                target.write(block)
        return place
