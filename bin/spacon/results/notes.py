"""All notes of a sample, from the stages that wrote them."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd


def note_table(files: Sequence[Path], own: Sequence[str]) -> pd.DataFrame:
    """Return all notes of a sample, one per row: those in the stages' files, `notes_<stage>.txt`, and our own."""
    rows = [
        (file.stem.removeprefix("notes_"), line)
        for file in files
        for line in file.read_text(encoding="utf-8").splitlines()
        if line
    ]
    return pd.DataFrame([*rows, *(("evaluate", line) for line in own)], columns=["stage", "note"])
