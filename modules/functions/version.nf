// Which code a run is of.

// The version, and the commit of the code where it is known: of a repository that Nextflow fetched, or of this checkout.
def code_version() {
    def commit = workflow.commitId ?: commit_of(projectDir)
    "${workflow.manifest.version}${commit ? " (${commit})" : ''}"
}

// The commit of a checkout, with `-dirty` where tracked files differ from it; nothing without git, or outside a checkout.
def commit_of(folder) {
    if (!file("${folder}/.git", glob: false).exists()) {
        return null
    }
    try {
        def asked = ['git', '-C', folder.toString(), 'describe', '--always', '--abbrev=40', '--exclude=*', '--dirty'].execute()
        def told = asked.text.trim()
        return asked.waitFor() == 0 ? told : null
    }
    catch (IOException _missing) {
        return null
    }
}
