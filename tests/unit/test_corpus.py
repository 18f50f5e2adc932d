"""The corpus of bad and odd inputs: each runs to its right value, or ends in its line and leaves nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.corpus import SUBJECTS
from tests.corpus.case import arguments, outcome, prepare

ROOT = Path(__file__).parents[2]

CASES = {f"{subject.title}: {case.name}": case for subject in SUBJECTS for case in subject.cases}
REFUSED = [name for name, case in CASES.items() if case.refused]
RUN = [name for name, case in CASES.items() if not case.refused]


def assert_says(lines, words):
    """Assert that each line has its words."""
    assert len(lines) == len(words), lines
    for line, of_line in zip(lines, words, strict=True):
        missing = [word for word in of_line if word not in line]
        assert not missing, f"{missing} not in: {line}"


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    case = CASES[name]
    done = outcome(case)
    assert not done.unexpected, done.unexpected
    assert done.status == 2, done.lines
    assert done.warned == []
    assert done.printed == ""
    assert done.left_behind == set()
    errors = [line for line in done.lines if line.startswith("error: ")]
    # Scripts that came as far as computing have said so before.
    assert done.lines[-len(errors) :] == errors
    assert errors == done.lines or case.scripts != ("validate",)
    assert_says(errors, case.refused)


@pytest.mark.parametrize("name", RUN)
def test_runs_to_the_right_value(name):
    case = CASES[name]
    done = outcome(case)
    assert not done.unexpected, done.unexpected
    assert done.status == 0, done.lines
    assert done.warned == []
    assert done.printed == ""
    assert case.right is not None or case.notes is not None
    if case.notes is not None:
        assert_says(done.notes, case.notes)


def test_there_are_enough_cases_each_with_its_own_name():
    cases = [case for subject in SUBJECTS for case in subject.cases]
    assert len(CASES) == len(cases)
    assert len(REFUSED) >= 100
    assert len(RUN) >= 100


@pytest.mark.parametrize(
    "name",
    [
        "Parameters: no such file of spots",
        "Parameters: five problems at once",
        "Parameters: spatial_graph: no radius",
        "Connectivity: sparse: column out of range",
        "Expression: a gene out of range, sparse",
    ],
)
def test_refused_as_a_process(name, tmp_path):
    """Here a crash of the interpreter itself would show."""
    case = CASES[name]
    prepare(case, tmp_path)
    before = sorted(tmp_path.iterdir())
    (script,) = case.scripts
    command = [sys.executable, str(ROOT / "bin" / f"{script}.py"), *arguments(tmp_path, script, case)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C.UTF-8"})
    assert (done.returncode, done.stdout) == (2, ""), (done.returncode, done.stderr)
    assert all(line.startswith("error: ") for line in done.stderr.splitlines())
    assert_says(done.stderr.splitlines(), case.refused)
    assert sorted(tmp_path.iterdir()) == before
