// Whether what tasks have written is still what they wrote, by the digests that they left (conf/digests.config).
//
// Nextflow's -resume asks whether a task's files are there. One that was cut off, altered or put in another's place
// would be computed on.

include { digest_lines ; files_in ; sha256_of } from './sha256'

// At a start with -resume: a task of this session whose files are not what it wrote loses its exit status. Nextflow then
// computes it anew in another folder, and with it all that may have read those files. Work in a bucket is not looked
// at: objects are there whole or not at all, and the store checks them.
def forget_altered() {
    if (!workflow.resume || workflow.workDir.scheme != 'file') {
        return null
    }
    def session = workflow.sessionId.toString()
    def folders = folders_in(workflow.workDir, /[0-9a-f]{2}/).collectMany { folder -> folders_in(folder, /[0-9a-f]{30}/) }
    folders.parallelStream().filter { folder -> has_ended(folder, session) }.forEach { folder ->
        def altered = altered_in(folder)
        if (altered) {
            log.warn("${task_of(folder)} is computed anew: ${altered} in ${folder}")
            folder.resolve('.exitcode').delete()
        }
    }
}

def folders_in(folder, name) {
    folder.isDirectory() ? folder.listFiles().findAll { found -> found.name ==~ name && found.isDirectory() } : []
}

def has_ended(folder, session) {
    def status = folder.resolve('.exitcode')
    def command = folder.resolve('.command.run')
    status.isFile() && status.text.trim() == '0' && command.isFile() && command.getText('UTF-8').contains(session)
}

def task_of(folder) {
    (folder.resolve('.command.run').getText('UTF-8') =~ /task_name='(?:\w+:)*([^']*)'/).collect { _all, name -> name }[0]
}

// What is not as the task left it, in words; nothing if all is.
def altered_in(folder) {
    def lines = digest_lines(folder.resolve('.digests'))
    if (!lines) {
        return '.digests is not whole'
    }
    files_in(lines)
        .collect { digest, size, name -> changed(folder, digest, size, name) }
        .find { words -> words }
}

// What is wrong with a file, in words; nothing if it is as it was written.
def changed(folder, digest, size, name) {
    def file = folder.resolve(name)
    if (!file.isFile()) {
        return "${name} is missing"
    }
    if (file.size() != size) {
        return "${name} has ${file.size()} bytes in place of ${size}"
    }
    sha256_of(file) == digest ? null : "${name} is altered"
}
