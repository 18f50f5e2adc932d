"""The strict parser of newer Nextflow on all .nf and .config files, and what it does not look at."""

import re
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
    "fuse.nf": "def wrong() {\n    for (i in 1..3) { println(i) }\n}\n",
    "train.nf": "def wrong(text) {\n    unheard_of(text)\n}\n",
    "embed.nf": "def wrong(values) {\n    values.enum\n}\n",
    "publishing.config": "def wrong = 1\n",
    "resources.config": "if (params.outdir) { process.cpus = 2 }\n",
}


def test_the_lint_finds_each_planted_error(tmp_path):
    for folder in ("modules", "conf"):
        for module in (PROJECT / folder).glob("*.*"):
            (tmp_path / module.name).write_text(module.read_text())
    assert lint(*tmp_path.glob("*.nf"), *tmp_path.glob("*.config")).stdout == ""
    lines = {}
    for name, planted in PLANTED.items():
        file = tmp_path / name
        length = len(file.read_text().splitlines())
        file.write_text(file.read_text() + planted)
        lines[name] = range(length + 1, length + 4)
    done = lint(*(tmp_path / name for name in PLANTED))
    assert done.returncode == 1
    found = [line.split(":") for line in done.stdout.splitlines()]
    at = {(Path(file).name, int(line)) for file, line, *_ in found if line.isdigit()}
    for name in PLANTED:
        assert at & {(name, line) for line in lines[name]}, name


def test_a_module_that_includes_others_is_included_once():
    """Nextflow 25.04 runs a module once for each that includes it: what it includes is then already defined."""
    files = {file.stem: file.read_text() for file in [PROJECT / "main.nf", *(PROJECT / "modules").glob("*.nf")]}
    included = {name: re.findall(r"from '\./(?:modules/)?(\w+)'", text) for name, text in files.items()}
    times = Counter(name for names in included.values() for name in set(names))
    assert {name: times[name] for name, others in included.items() if others and name != "main"} == {
        name: 1 for name, others in included.items() if others and name != "main"
    }
