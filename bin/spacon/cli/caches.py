"""Where libraries keep their caches in a task: in its own folder.

HOME may not be writable, as in a container or on a cluster's node, and tasks that share it get in each other's way.
"""

import os
import shutil
from pathlib import Path


def keep_caches_here() -> None:
    """Point HOME and the libraries' caches into a task's folder; call it before the libraries are imported.

    Outside of a Nextflow task no folder is changed.
    """
    # Machine code for any processor: the same numbers on all, and what an image has compiled can be used.
    os.environ["NUMBA_CPU_NAME"] = "generic"
    if "NXF_TASK_WORKDIR" not in os.environ:
        return
    home = Path.cwd() / ".home"
    places = {
        "HOME": home,
        "XDG_CACHE_HOME": home / "cache",
        "XDG_CONFIG_HOME": home / "config",
        "XDG_DATA_HOME": home / "data",
        "IPYTHONDIR": home / "ipython",
        "JUPYTER_CONFIG_DIR": home / "jupyter",
        "JUPYTER_DATA_DIR": home / "jupyter",
        "MPLCONFIGDIR": home / "matplotlib",
    }
    # An image brings what its build has compiled (containers/install). Numba wants to write where it reads.
    warm = os.environ.get("SPACON_WARM")
    if warm:
        shutil.copytree(warm, home, dirs_exist_ok=True)
        places["NUMBA_CACHE_DIR"] = home / "numba"
    for name, place in places.items():
        place.mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(place)
