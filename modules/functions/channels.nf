// Steps between processes: what a channel carries, put into order or shown.

// [sample, position, file] -> [sample, its files by position], as soon as there are so many; a sample with a failed task
// never has them, and is left out.
def in_order(files, number) {
    files.groupTuple(size: number).map { sample, positions, found ->
        [sample, [positions, found].transpose().sort { pair -> pair[0] }.collect { pair -> pair[1] }]
    }
}

// [sample, ...] -> [sample, ..., options of a stage].
def with_options(inputs, plan, stage) {
    inputs.map { given -> given + [(plan.own_options[given[0]] ?: plan.options)[stage]] }
}

// [sample, ...] -> [sample, ..., every parameter as JSON].
def with_parameters(inputs, plan) {
    inputs.map { given -> given + [groovy.json.JsonOutput.toJson(plan.parameters + (plan.own[given[0]] ?: [:]))] }
}

// Each note of [sample, notes] on the console, as soon as it is known; of the table of all notes, those of its own stage.
def say_notes(notes) {
    notes.subscribe { sample, file ->
        def said = file.name == 'notes.csv'
            ? file.splitCsv(header: true, quote: '"').findAll { row -> row.stage == 'evaluate' }.collect { row -> row.note }
            : file.readLines('UTF-8')
        said.findAll { note -> note.trim() }.each { note -> log.warn("sample ${sample}: ${note}") }
    }
}
