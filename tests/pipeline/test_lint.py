"""The strict parser of newer Nextflow on all .nf and .config files, and what it does not look at."""

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

from tests.pipeline.conftest import PROJECT

LINT = PROJECT / "tests" / "lint" / "run"


def lint(*files: Path) -> subprocess.CompletedProcess:
    return subprocess.run([LINT, *files], capture_output=True, text=True)


def test_all_files_compile_under_the_strict_parser():
    done = lint()
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == ""


PLANTED = {
    "modules/processes/layout.nf": "def wrong() {\n    for (i in 1..3) { println(i) }\n}\n",
    "modules/processes/train.nf": "def wrong(text) {\n    unheard_of(text)\n}\n",
    "modules/workflows/model.nf": "def wrong(values) {\n    values.enum\n}\n",
    "conf/publishing.config": "def wrong = 1\n",
    "conf/resources.config": "if (params.outdir) { process.cpus = 2 }\n",
}


def test_the_lint_finds_each_planted_error(tmp_path):
    for folder in ("modules", "conf"):
        shutil.copytree(PROJECT / folder, tmp_path / folder)
    assert lint(*tmp_path.rglob("*.nf"), *tmp_path.rglob("*.config")).stdout == ""
    lines = {}
    for name, planted in PLANTED.items():
        file = tmp_path / name
        length = len(file.read_text().splitlines())
        file.write_text(file.read_text() + planted)
        lines[name] = range(length + 1, length + 4)
    done = lint(*(tmp_path / name for name in PLANTED))
    assert done.returncode == 1
    found = [line.split(":") for line in done.stdout.splitlines()]
    at = {(str(Path(file).relative_to(tmp_path)), int(line)) for file, line, *_ in found if line.isdigit()}
    for name in PLANTED:
        assert at & {(name, line) for line in lines[name]}, name


def test_a_module_that_includes_others_is_included_once():
    """Nextflow 25.04 runs a module once for each that includes it: what it includes is then already defined."""
    files = [PROJECT / "main.nf", *(PROJECT / "modules").rglob("*.nf")]
    included = {
        file: {(file.parent / f"{path}.nf").resolve() for path in re.findall(r"from '([./\w]+)'", file.read_text())}
        for file in files
    }
    times = Counter(other for others in included.values() for other in others)
    assert set(times) == set(files) - {PROJECT / "main.nf"}
    assert {file.name for file, others in included.items() if others and times[file] > 1} == set()
