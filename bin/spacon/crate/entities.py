"""Entities of RO-Crate metadata, by identifier: each is added once and linked by what adds it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from rocrate.model import ContextEntity, File
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from spacon.crate.parts import Part

RUN_TERMS = "https://w3id.org/ro/terms/workflow-run#"
TERMS = ("ContainerImage", "containerImage", "registry", "tag", "sha256", "resourceUsage", "environment")


class Entities:
    """The entities of one crate, of RO-Crate 1.1 with the terms of Workflow Run Crate."""

    def __init__(self) -> None:
        self.crate = ROCrate(version="1.1")
        self.crate.metadata.extra_terms.update({term: RUN_TERMS + term for term in TERMS})
        self.files: dict[str, Entity] = {}

    @property
    def root(self) -> Entity:
        """The crate itself."""
        return self.crate.root_dataset

    def add(self, identifier: str, kind: str | list[str], **properties: Any) -> Entity:
        """Add what is not a file of the crate; properties that are None are left out."""
        known = {name: value for name, value in properties.items() if value is not None}
        return self.crate.add(ContextEntity(self.crate, identifier, {"@type": kind, **known}))

    def add_value(self, identifier: str, name: str, value: object, **properties: Any) -> Entity:
        """Add a named value."""
        return self.add(identifier, "PropertyValue", name=name, value=str(value), **properties)

    def add_file(self, part: Part, **properties: Any) -> None:
        """Add a file of the crate."""
        said = {"name": part.name, "contentSize": str(part.size), "sha256": part.sha256, "encodingFormat": part.format}
        self.files[part.name] = self.crate.add(File(self.crate, dest_path=part.name, properties=said | properties))

    def absent(self, kind: str, name: str, size: int, sha256: str, identifier: str | None = None) -> Entity:
        """Return a file that is not in the crate, known by its digest unless it has an identifier of its own."""
        identifier = identifier or f"#sha256/{sha256}"
        said = {"name": name, "contentSize": str(size), "sha256": sha256, "value": f"sha256:{sha256}"}
        return self.crate.dereference(identifier) or self.add(identifier, kind, **said)

    def data(self, named_files: Mapping[str, Mapping[str, Any]]) -> list[Entity]:
        """Return files that tasks took or made: of the crate, brought by the user, or else by their digest."""
        return [
            self.files.get(found["name"])
            or self.crate.dereference(local_id(found["name"]))
            or self.absent("CreativeWork", name, found["size"], found["sha256"])
            for name, found in sorted(named_files.items())
        ]

    def text(self, specifications: Sequence[str]) -> str:
        """Return the metadata of a crate that conforms to such specifications: JSON, sorted by identifier."""
        self.crate.metadata["conformsTo"] = [{"@id": url} for url in specifications]
        found = self.crate.metadata.generate()
        graph = [{name: _plain(value) for name, value in entity.items() if value != []} for entity in found["@graph"]]
        found["@graph"] = sorted(graph, key=lambda entity: (entity["@id"] != "ro-crate-metadata.json", entity["@id"]))
        return json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def local_id(name: str) -> str:
    """Return the identifier of what has a name and is no file of the crate."""
    return f"#{quote(name)}"


def _plain(value: Any) -> Any:
    """Return the one value of a list that has no other, as RO-Crate 1.1 wants it."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value
