// The record of a run, which its crate is made from (bin/spacon/crate/metadata.py describes it).

include { digest_lines ; files_in ; sha256_of } from './sha256'
include { revision_of                       } from './version'

// What is known of a run: of what it made ([place in the results, file]), its tasks, and the files that were brought.
def record_of(plan, told) {
    def (commit, clean) = revision_of(projectDir)
    [
        pipeline: [name: 'spacon-nf', version: workflow.manifest.version, revision: commit, clean: clean],
        engine: [
            version: workflow.nextflow.version.toString(), build: workflow.nextflow.build,
            java: System.getProperty('java.version'), files: engine_files(),
        ],
        command: plan.command,
        profile: workflow.profile,
        started: told.tasks.collect { done -> done.started }.min(), // not this start's time: a run may be resumed
        ended: told.tasks.collect { done -> done.ended }.max(),
        image: image_of(plan.registry),
        parameters: plan.parameters.findAll { _name, value -> value != null },
        own: plan.own,
        inputs: plan.example ? [] : brought(plan.input, told.inputs),
        failed: told.failed,
        tasks: told.tasks,
        files: told.made.collect { place, file -> [place, file.toString()] },
    ]
}

// The files that the user brought: [sample, role, name, size, sha256].
def brought(input, summaries) {
    def sheets = input ? [file(input, glob: false)] : [] // none in a replay
    sheets.collect { sheet -> [sample: null, role: 'samplesheet', name: sheet.name, size: sheet.size(), sha256: sha256_of(sheet)] } +
        summaries.collectMany { sample, summary ->
            def files = new groovy.json.JsonSlurper().parse(summary).files ?: [] // none in a stub run
            files.collect { found -> [sample: sample] + found }
        }
}

// The engine's jars, by name their SHA-256: beside the one that holds its first class.
def engine_files() {
    def jar = java.nio.file.Paths.get(nextflow.Nextflow.protectionDomain.codeSource.location.toURI())
    jar.parent.toFile().listFiles().toList().findAll { found -> found.name.endsWith('.jar') }
        .collectEntries { found -> [found.name, sha256_of(found.toPath())] }
}

// The image that tasks ran in, null without containers. Docker's own name of an image is the SHA-256 of its settings.
def image_of(registry) {
    if (!workflow.containerEngine) {
        return null
    }
    def name = workflow.container.toString()
    if (name.endsWith('.sif')) {
        def sif = file(name, glob: false)
        return [kind: 'sif', name: sif.name, registry: registry ?: 'localhost', sha256: sif.exists() ? sha256_of(sif) : null]
    }
    def kind = workflow.containerEngine in ['docker', 'podman'] ? 'docker' : 'sif'
    [kind: kind, name: name, registry: registry ?: 'localhost', sha256: kind == 'docker' ? docker_digest(name) : null]
}

// Null where the engine of containers is on other machines.
def docker_digest(name) {
    try {
        def asked = [workflow.containerEngine, 'image', 'inspect', '--format', '{{.Id}}', name].execute()
        def told = asked.text.trim()
        return asked.waitFor() == 0 ? told - 'sha256:' : null
    }
    catch (IOException | InterruptedException _missing) { // or the run has failed, and nothing will be made of this
        return null
    }
}

// One task, from what it left in its work folder, where its versions.yml lies.
def task_of(versions) {
    def folder = versions.parent
    def script = folder.resolve('.command.run').text
    def name = (script =~ /(?m)^### name: '(.*)'$/)[0][1].replaceFirst(/^(\w+:)*/, '')
    def lines = digest_lines(folder.resolve('.digests'))
    def used = pairs_in(folder.resolve('.command.trace'))
    [
        process: name.tokenize(' ')[0],
        name: name,
        command: folder.resolve('.command.sh').text,
        started: moment(folder.resolve('.command.begin')),
        ended: moment(folder.resolve('.exitcode')),
        exit: folder.resolve('.exitcode').text.trim().toInteger(),
        cpus: lines.findAll { line -> line ==~ /cpus \d+/ }.collect { line -> line.tokenize(' ')[1].toInteger() }[0],
        milliseconds: used.realtime?.toLong(),
        peak_memory: used.peak_rss ? used.peak_rss.toLong() * 1024 : null,
        processor: used.cpu_model,
        instructions: text_of(folder.resolve('.instructions')),
        takes: staged_by(script),
        makes: (files_in(lines) ?: files_of(folder)).collectEntries { digest, size, file ->
            [file, [path: folder.resolve(file).toString(), size: size, sha256: digest]]
        },
    ]
}

// What a file says; null if it is not there: not every task needs it.
def text_of(path) {
    path.exists() ? path.text.trim() : null
}

// key=value, line by line; nothing where the engine was told to keep no trace.
def pairs_in(trace) {
    def lines = trace.exists() ? trace.readLines().findAll { line -> line.contains('=') } : []
    lines.collectEntries { line -> [line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1)] }
}

// What a task was given: by name, where it lies.
def staged_by(script) {
    def word = '((?:\\\\.|[^\\s\\\\])+)'
    (script =~ "(?m)^\\s*(?:mkdir -p \\S+ && )?ln -s ${word} ${word}\$").collect { _all, source, name -> [name, source] }
        .collectEntries { pair -> pair.collect { text -> text.replaceAll(/\\(.)/, '$1') } }
}

// [SHA-256, bytes, name] of each file that a task has written, where it left no digests: its work is in a bucket.
def files_of(folder) {
    folder.listFiles().toList()
        .findAll { found -> !found.name.startsWith('.') }
        .collectMany { found -> found.isDirectory() ? found.listFiles().toList() : [found] }
        .findAll { found -> !java.nio.file.Files.isSymbolicLink(found) } // what it was given
        .collect { found -> [sha256_of(found), found.size(), folder.relativize(found).toString()] }
}

// When a file was written, in ISO 8601 as the validator of crates wants it.
def moment(path) {
    java.time.Instant.ofEpochMilli(path.lastModified()).atOffset(java.time.ZoneOffset.UTC)
        .format(java.time.format.DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ssxxx"))
}
