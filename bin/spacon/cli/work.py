"""Where a Nextflow task leaves what is to survive it."""

import os
import re
from pathlib import Path


def beside_tasks(name: str) -> Path | None:
    """Return a folder of this name among the work folders of all tasks; none where tasks do not work there.

    A task's own folder, `work/3f/8a1c...`, is not used again once the task was interrupted. Outside of Nextflow, on a
    node's own disk (`scratch`) and with work in a bucket, there is no such place.
    """
    folder = Path(os.environ.get("NXF_TASK_WORKDIR", ""))
    if not re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{30}", "/".join(folder.parts[-2:])):
        return None
    return folder.parents[1] / name
