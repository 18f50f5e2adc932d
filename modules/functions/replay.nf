// A run that is repeated: what it was made from, as its crate says, which must be here too.

include { roles     } from './files'
include { sha256_of } from './sha256'

// Of a run that is repeated: its values of all parameters; its samples, as the samplesheet gives them; the parameters and the
// command that its results tell; the day of each report.
def replayed(given) {
    def said = read_crate(given.from)
    check_code(given.from, said)
    def parameters = new groovy.json.JsonSlurper().parseText(said.parameters)
    def own = said.own ? new groovy.json.JsonSlurper().parseText(said.own) : [:]
    [
        values: given + parameters + [input: null],
        samples: samples_in(said, given).collect { sample, files -> [sample, files, own[sample] ?: [:]] },
        parameters: parameters,
        command: said.command,
        made_on: said.made_on,
    ]
}

// What a crate says: its files and inputs by name, the parameters and those of single samples, the command, the day of each
// report.
def read_crate(path) {
    def crate = file(path, glob: false)
    if (!crate.exists()) {
        error("--from ${path}: there is no such file")
    }
    try {
        def zip = new java.util.zip.ZipFile(crate.toFile())
        def entities = new groovy.json.JsonSlurper().parseText(text_in(zip, 'ro-crate-metadata.json'))['@graph']
        def parameters = text_in(zip, 'pipeline_info/params.json')
        def own = zip.getEntry('pipeline_info/sample_params.json') ? text_in(zip, 'pipeline_info/sample_params.json') : null
        zip.close()
        def tasks = entities.findAll { entity -> entity['@id'].startsWith('#task/') && entity['@type'] == 'CreateAction' }
        return [
            files: entities.findAll { entity -> 'File' in [entity['@type']].flatten() }.collectEntries { entity -> [entity['@id'], entity] },
            inputs: entities.findAll { entity -> entity.name?.startsWith('inputs/') && entity.exampleOfWork },
            parameters: parameters,
            own: own,
            command: entities.find { entity -> entity['@id'] == '#run' }.description,
            version: entities.find { entity -> entity['@id'] == 'source/main.nf' }.version,
            made_on: tasks.findAll { task -> task.name.startsWith('REPORT ') }
                .collectEntries { task -> [task.name - 'REPORT (' - ~/\)$/, task.startTime.take(10)] },
        ]
    }
    catch (IOException | NullPointerException | groovy.json.JsonException wrong) {
        error("--from ${path}: is no crate of SpaCon-nf: ${wrong.message}")
    }
}

def text_in(zip, name) {
    def entry = zip.getEntry(name)
    if (!entry) {
        throw new IOException("it has no ${name}")
    }
    zip.getInputStream(entry).getText('UTF-8')
}

// The code is that of the run, to the byte; the lock among it says which packages.
def check_code(path, said) {
    def other = said.files.find { name, entity ->
        def ours = name.startsWith('source/') ? projectDir.resolve(name - 'source/') : null
        ours && !(ours.exists() && sha256_of(ours) == entity.sha256)
    }
    if (other) {
        error("--from ${path}: was made by version ${said.version}, whose ${other.key - 'source/'} is not that of ${projectDir}; check out that revision")
    }
}

// The samples of the run: [sample, files by role], each file with the bytes that it had.
def samples_in(said, values) {
    said.inputs.collect { entity -> entity + [parts: entity.name.tokenize('/')] }
        .findAll { entity -> entity.parts.size() > 2 } // the samplesheet has no sample
        .groupBy { entity -> entity.parts[1] }
        .collect { sample, entities -> [sample, roles().collectEntries { role, _most -> [role, files_of_role(entities, role, values)] }] }
}

def files_of_role(entities, role, values) {
    entities.findAll { entity -> "#parameter/${role}".toString() in [entity.exampleOfWork].flatten().collect { link -> link['@id'] } }
        .collect { entity -> brought_as(located_input(entity, values), entity.parts.size() - 3) }
        .unique()
}

// What the samplesheet named: the file, or the folder so many levels above it.
def brought_as(file, levels) {
    levels ? brought_as(file.parent, levels - 1) : file
}

// Where an input lies: in the folder that was given, by itself or under its sample's name; else in the crate.
def located_input(entity, values) {
    def name = entity.name - 'inputs/'
    def places = values.inputs ? [name, name - ~/^[^\/]+\//].collect { place -> file("${values.inputs}/${place}", glob: false) } : []
    def place = values.inputs ? places.find { found -> found.exists() } : taken_out(values.from, entity)
    if (!place) {
        error(values.inputs ? "--inputs ${values.inputs}: has no ${name}" : "--from ${values.from}: does not hold its inputs; give their folder with --inputs")
    }
    def digest = sha256_of(place)
    if (digest != entity.sha256) {
        error("${place}: is not the ${name} of the run: its SHA-256 is ${digest}; the crate says ${entity.sha256}")
    }
    place
}

// An input that the crate holds, written beside the work; null if it holds none.
def taken_out(path, entity) {
    def zip = new java.util.zip.ZipFile(file(path, glob: false).toFile())
    def entry = zip.getEntry(entity.name)
    def place = entry ? workflow.workDir.resolve("inputs/${path.sha256().take(16)}/${entity.name - 'inputs/'}") : null
    if (entry && !(place.exists() && sha256_of(place) == entity.sha256)) { // of this crate, and whole
        place.parent.mkdirs()
        def half = place.resolveSibling("${place.name}.half")
        half.withOutputStream { stream -> zip.getInputStream(entry).transferTo(stream) }
        half.renameTo(place)
    }
    zip.close()
    place
}
