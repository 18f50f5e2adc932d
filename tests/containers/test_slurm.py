"""The whole run through Slurm and Apptainer; the flags for a GPU reach the two processes that can use one."""


def test_whole_run(slurm_run):
    assert slurm_run.status == 0, slurm_run.printed
    assert (slurm_run.results / "cortex" / "report.html").exists()


def test_what_slurm_was_asked_for(slurm_run):
    trace = slurm_run.trace()
    for process in trace["process"].unique():
        gpu = process in ("TRAIN", "EMBED")
        for task in slurm_run.tasks(process):
            command = (task / ".command.run").read_text()
            headers = [line for line in command.splitlines() if line.startswith("#SBATCH")]
            assert "#SBATCH -p brains" in headers
            assert any("--account=lab" in line for line in headers)
            assert any("--gres=gpu:pretended:1" in line for line in headers) == gpu, process
            assert (" --nv " in command) == gpu, process
