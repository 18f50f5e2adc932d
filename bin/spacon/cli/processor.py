"""What NumPy uses of the processor, for the record of a run (modules/functions/record.nf)."""

import os
import sys
from pathlib import Path

NOTE = ".instructions"


def note_instructions() -> None:
    """Leave the names of the vector instructions that NumPy takes in a task's folder; call it when the work is done.

    A processor's name does not tell: an emulator or a cluster's settings may hide what it has. Outside of a Nextflow
    task, or where NumPy was not needed, nothing is written.
    """
    numpy = sys.modules.get("numpy._core._multiarray_umath")
    if numpy and "NXF_TASK_WORKDIR" in os.environ:
        taken = [name for name, found in numpy.__cpu_features__.items() if found and name.startswith(("X86_", "AVX"))]
        Path(NOTE).write_text(" ".join(taken) + "\n", encoding="utf-8")
