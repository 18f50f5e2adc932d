"""What a crate says, as RO-Crate metadata: a Provenance Run Crate 0.5 of RO-Crate 1.1.

The record of a run (modules/functions/record.nf) is JSON:

    pipeline    name, version, revision, clean (no tracked file differs from the revision; null: unknown)
    engine      version, build, java, files (SHA-256 by name)
    command     that repeats the run; profile; started and ended in ISO 8601
    image       kind (docker or sif), name, sha256, registry; null without containers
    parameters  by name, those that are set
    own         by sample and name, the parameters that samples have of their own; null: not set for the sample
    inputs      sample, role, name, size, sha256 of each file that a user brought
    failed      the lines of failed.csv
    tasks       process, name, command, started, ended, exit, cpus, milliseconds, peak_memory, processor,
                instructions; takes, makes and settings as spacon.crate.record.linked gives them

Source: https://w3id.org/ro/wfrun/provenance/0.5
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rocrate.model import ComputerLanguage
from rocrate.model.entity import Entity

from spacon.crate.actions import HOME, add_actions
from spacon.crate.entities import Entities, local_id
from spacon.crate.parts import Part
from spacon.crate.record import name_of_input

Record = Mapping[str, Any]
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/provenance/0.5": ("Provenance Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
SPECIFICATIONS = ("https://w3id.org/ro/crate/1.1", "https://w3id.org/workflowhub/workflow-ro-crate/1.0")
TYPES = {"integer": "Integer", "number": "Float", "boolean": "Boolean", "string": "Text"}
MAIN = "source/main.nf"
OWN = "pipeline_info/sample_params.json"
LICENCE = "https://spdx.org/licenses/MIT"


def metadata_text(record: Record, parts: Sequence[Part], schema: Mapping[str, Any]) -> str:
    """Return the text of ro-crate-metadata.json: a function of record, parts and parameters' schema alone."""
    described = {name: told for group in schema["$defs"].values() for name, told in group["properties"].items()}
    entities = Entities()
    authors = entities.add(HOME, "Organization", name="The SpaCon-nf authors", url=HOME)
    tools = _add_files(entities, record, parts)
    _describe_root(entities, record, authors)
    values = _add_parameters(entities, record["parameters"], described)
    of_samples = _add_own_parameters(entities, record["own"], values, described)
    inputs = _add_inputs(entities, record["inputs"])
    _describe_workflow(entities, record, tools)
    settings = [entity for name, entity in entities.files.items() if name.endswith(".config")]
    stages = {name: told.get("stages", []) for name, told in described.items()}
    add_actions(entities, record, authors, tools, [*inputs, *settings], values, of_samples, stages)
    return entities.text(SPECIFICATIONS)


def _version(pipeline: Record) -> str:
    if not pipeline["revision"]:
        return pipeline["version"]
    changes = ", with changes that are not committed" if pipeline["clean"] is False else ""
    return f"{pipeline['version']} ({pipeline['revision']}{changes})"


def _add_files(entities: Entities, record: Record, parts: Sequence[Part]) -> dict[str, Entity]:
    """Add every file of the crate; return those that describe a process, by its name."""
    processes = {f"source/modules/processes/{task['process'].lower()}.nf": task["process"] for task in record["tasks"]}
    software = {"url": HOME, "version": _version(record["pipeline"])}
    workflow = {"@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"], "name": "SpaCon-nf"}
    for part in parts:
        properties: dict[str, Any] = {}
        if part.name == "README.md":
            properties = {"about": {"@id": "./"}}
        elif part.name == MAIN:
            properties = workflow | software
        elif part.name in processes:
            properties = {"@type": ["File", "SoftwareSourceCode"], "name": processes[part.name]} | software
        elif part.name == OWN:
            properties = {"description": "Parameters that samples have of their own; others are in params.json."}
        entities.add_file(part, **properties)
    return {process: entities.files[name] for name, process in processes.items()}


def _describe_root(entities: Entities, record: Record, authors: Entity) -> None:
    samples = ", ".join(sorted({found["sample"] for found in record["inputs"] if found["sample"]}))
    root = entities.root
    root["name"] = f"SpaCon-nf: {samples or 'the example ' + record['parameters']['example']}"
    root["description"] = "A run of SpaCon-nf: what it was made from, how, and what it made."
    root["datePublished"] = record["ended"]
    root["author"] = root["publisher"] = authors
    root["license"] = entities.add(
        "#rights",
        "CreativeWork",
        name="To be stated by who publishes this crate",
        description="Data have the licence of those who measured them; source/ has the MIT licence.",
    )
    root["conformsTo"] = [
        entities.add(url, "CreativeWork", name=name, version=version) for url, (name, version) in PROFILES.items()
    ]


def _add_parameters(entities: Entities, parameters: Record, described: Record) -> dict[str, Entity]:
    """Add each parameter that is set; return its value by its name."""
    return {
        name: _add_value(entities, f"#value/{name}", name, value, described[name])
        for name, value in sorted(parameters.items())
    }


def _add_own_parameters(
    entities: Entities, own: Mapping[str, Record], values: Mapping[str, Entity], described: Record
) -> dict[str, dict[str, Entity]]:
    """Add the parameters that samples have of their own; return every value of each such sample, by sample and name."""
    of_samples = {}
    for sample, found in own.items():
        added = {
            name: _add_value(entities, f"#value/{sample}/{name}", name, value, described[name])
            for name, value in found.items()
            if value is not None
        }
        of_samples[sample] = {name: value for name, value in values.items() if name not in found} | added
    return of_samples


def _add_value(entities: Entities, identifier: str, name: str, value: object, described: Record) -> Entity:
    """Add a value of a parameter, and the parameter if it is not there yet."""
    default = described.get("default")
    parameter = entities.crate.dereference(f"#parameter/{name}") or entities.add(
        f"#parameter/{name}",
        "FormalParameter",
        name=name,
        description=described["description"],
        additionalType=TYPES[described["type"]],
        defaultValue=None if default is None else str(default),
        valueRequired="False",
    )
    return entities.add_value(identifier, name, value, exampleOfWork=parameter)


def _add_inputs(entities: Entities, inputs: Sequence[Record]) -> list[Entity]:
    """Add the files that the user brought, in the crate or by their digest; return them."""
    found = []
    for given in inputs:
        name = name_of_input(given)
        held = name in entities.files
        parameter = entities.add(
            f"#parameter/{given['role']}",
            "FormalParameter",
            name=given["role"],
            additionalType="File" if held else "PropertyValue",
            valueRequired="True",
        )
        absent = (name, given["size"], given["sha256"], local_id(name))
        entity = entities.files[name] if held else entities.absent("PropertyValue", *absent)
        entity.append_to("exampleOfWork", parameter)  # one file may be both expression and connectivity
        if entity not in found:
            found.append(entity)
    return found


def _describe_workflow(entities: Entities, record: Record, tools: Mapping[str, Entity]) -> None:
    """Say of main.nf what it is written in, its parameters, its tools and steps, and what to cite."""
    main = entities.root["mainEntity"] = entities.files[MAIN]
    language = {"name": "Nextflow", "url": {"@id": "https://www.nextflow.io/"}, "version": record["engine"]["version"]}
    main["programmingLanguage"] = entities.crate.add(ComputerLanguage(entities.crate, "#nextflow", language))
    main["conformsTo"] = {"@id": "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"}
    main["softwareRequirements"] = entities.files["source/containers/requirements.lock"]
    main["citation"] = entities.files["source/CITATION.cff"]
    main["license"] = entities.add(LICENCE, "CreativeWork", name="MIT License")
    own = {name for found in record["own"].values() for name, value in found.items() if value is not None}
    names = {*record["parameters"], *own, *(given["role"] for given in record["inputs"])}
    main["input"] = [{"@id": f"#parameter/{name}"} for name in sorted(names)]
    main["hasPart"] = list(tools.values())
    main["step"] = [
        entities.add(f"#step/{process}", "HowToStep", name=process, position=str(place), workExample=tool)
        for place, (process, tool) in enumerate(tools.items(), 1)
    ]
