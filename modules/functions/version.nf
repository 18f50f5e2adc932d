// Which code a run is of.

// The version, and the commit of the code where it is known, with `-dirty` where tracked files differ from it.
def code_version() {
    def (commit, clean) = revision_of(projectDir)
    "${workflow.manifest.version}${commit ? " (${commit}${clean == false ? '-dirty' : ''})" : ''}"
}

// [commit, whether the tracked files are those of the commit] of a repository that Nextflow fetched, of a checkout, or of
// an archive of one, whose files may since have been changed; each null where nothing tells.
def revision_of(folder) {
    if (workflow.commitId) {
        return [workflow.commitId, true]
    }
    return file("${folder}/.git", glob: false).exists() ? checkout_of(folder) : [archived_in(folder), null]
}

def checkout_of(folder) {
    try {
        def asked = ['git', '-C', folder.toString(), 'describe', '--always', '--abbrev=40', '--exclude=*', '--dirty'].execute()
        def told = asked.text.trim()
        return asked.waitFor() == 0 ? [told - '-dirty', !told.endsWith('-dirty')] : [null, null]
    }
    catch (IOException | InterruptedException _missing) { // or the run has failed, and nothing will be made of this
        return [null, null]
    }
}

// What `git archive` has written into .revision (.gitattributes).
def archived_in(folder) {
    def told = file("${folder}/.revision", glob: false)
    told.exists() ? told.text.find(/^[0-9a-f]{40}/) : null
}
