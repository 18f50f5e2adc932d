"""What a crate says to who opens it."""

from collections.abc import Mapping
from typing import Any


def readme_text(record: Mapping[str, Any], crate: str) -> str:
    """Return the README.md of a crate."""
    pipeline = record["pipeline"]
    revision = f", revision {pipeline['revision']}" if pipeline["revision"] else ""
    return f"""# A run of SpaCon-nf

`index.html` links the report of each sample. `ro-crate-metadata.json` says what the run was made from: every input by
its SHA-256, every parameter, every task with its command, time and memory, the engine, the image, and the pipeline
(SpaCon-nf {pipeline["version"]}{revision}), whose code is in `source/`.

Is every file what that says? With Python alone:

    python3 verify.py {crate}

The command of the run:

    {record["command"]}
"""
