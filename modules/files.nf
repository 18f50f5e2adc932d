// Paths that Nextflow cannot hand to a shell as they are.

// Of these letters, Nextflow's scripts leave the meaning to the shell.
def shell_letters() {
    /[$*?\[\]{}\p{Cntrl}]/
}

// The file, or a link to it in the work folder that has a plain name.
def plainly_named(path) {
    if (path.fileSystem != java.nio.file.FileSystems.default || !path.toString().find(shell_letters())) {
        return path
    }
    def folder = file("${workflow.workDir}/links/${path.toString().md5()}", glob: false)
    folder.mkdirs()
    def link = folder.resolve(path.name.replaceAll(shell_letters(), '_'))
    if (!java.nio.file.Files.isSymbolicLink(link)) {
        java.nio.file.Files.createSymbolicLink(link, path)
    }
    link
}
