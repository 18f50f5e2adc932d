// Where tasks run: what must be there before they start.

// Nextflow writes these folders into its shell scripts without quoting all that a shell takes for its own.
def check_folders() {
    def unfit = ["the pipeline's": projectDir, 'the work': workflow.workDir, 'the launch': workflow.launchDir].find { _what, folder ->
        folder.toString().find(/[$`"\\{}*?\p{Cntrl}]/)
    }
    if (unfit) {
        error("${unfit.key} folder is ${unfit.value}, a name that Nextflow cannot work with: rename it so that it has none of \$ ` \" \\ { } * ?")
    }
}

// The packages or the image are there, and a cloud's parameters are set; if not, the run ends here with the cure.
def check_environment(values) {
    check_folders()
    def profiles = workflow.profile.tokenize(',')
    def needed = [awsbatch: ['queue', 'region', 'bucket'], googlebatch: ['google_project', 'region', 'bucket'], k8s: ['k8s_claim']]
        .findAll { profile, _names -> profile in profiles }
    def missing = needed.values().flatten().find { name -> values[name] == null }
    if (missing) {
        error("-profile ${needed.keySet().join(',')} needs --${missing}, which is not set; see docs/running.md")
    }
    // Other machines may have a GPU where this one has none.
    def elsewhere = ['slurm', 'k8s', 'awsbatch', 'googlebatch'].any { profile -> profile in profiles }
    if (values.device == 'cuda' && !elsewhere && !file('/dev/nvidiactl').exists() && !file('/dev/dxg').exists()) {
        error("--device is cuda (as the profile gpu sets it), but this machine has no NVIDIA GPU; --device auto takes one where a task finds one")
    }
    if (values.crate_image && !(workflow.containerEngine && file(workflow.container.toString(), glob: false).exists())) {
        error("--crate_image needs an image that is a file: -profile apptainer or singularity, without --registry")
    }
    if (needed) {
        if (!values.registry) {
            error("-profile ${needed.keySet().join(',')} needs --registry, from which the image is pulled; see docs/running.md")
        }
        return null
    }
    if (!workflow.containerEngine && !file("${projectDir}/.venv/bin/python", glob: false).exists()) {
        error("no environment: there is no .venv in ${projectDir}. Start with ./nextflow, which makes it, or choose a container profile, such as -profile docker")
    }
    def image = workflow.container.toString()
    def ours = image =~ /spacon-nf[:-][0-9a-f]{12}/ // else one that the user chose
    if (!ours || values.registry) {
        return null
    }
    if (image.endsWith('.sif') && !file(image, glob: false).exists()) {
        error("there is no image ${image}: make it with ${projectDir}/containers/build --sif, or --sif-from-base where there is no Docker")
    }
    // With a cluster, only its nodes can tell.
    if (workflow.containerEngine in ['docker', 'podman'] && !('slurm' in profiles)
        && ['sh', '-c', "${workflow.containerEngine} image inspect ${image} >/dev/null 2>&1"].execute().waitFor() != 0) {
        error("there is no image ${image}: make it with ${projectDir}/containers/build")
    }
    return null
}
