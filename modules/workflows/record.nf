// What the run was: its parameters, the versions of software, and the crate that holds them with all that was made.

include { COMPARE             } from '../processes/compare'
include { CRATE               } from '../processes/crate'
include { record_of ; task_of } from '../functions/record'
include { found_in            } from '../functions/summaries'

workflow RECORD {
    take:
    samples // [sample, files by role]
    published // [place in the results, file]
    unmatched // [sample, unmatched.csv, ...]
    versions // versions.yml of each task
    summaries // [sample, validated.json]
    failed // [lines of failed.csv]
    plan

    main:
    software = versions.map { found -> found.text }.unique().collectFile(name: 'versions.yml', sort: { text -> text })
    tables = [['params.json', plan.parameters]] + (plan.own ? [['sample_params.json', plan.own]] : [])
    parameters = channel.fromList(tables)
        .map { name, values -> [name, groovy.json.JsonOutput.prettyPrint(groovy.json.JsonOutput.toJson(values))] }
        .collectFile(newLine: true)
    information = software.mix(parameters)
    file("${plan.outdir}/pipeline_info/sample_params.json", glob: false).delete() // of an earlier run
    information.subscribe { found -> publish(found, "${plan.outdir}/pipeline_info") }

    brought = plan.crate_inputs ? samples.join(summaries).flatMap { sample, files, summary -> inputs_of(sample, files, found_in(summary)) } : channel.empty()
    sheet = plan.crate_inputs && plan.input ? [["inputs/${file(plan.input, glob: false).name}".toString(), file(plan.input, glob: false)]] : []
    image = plan.crate_image ? [file(workflow.container, glob: false)] : []
    lost_cells = unmatched.map { found -> found.take(2) }
    lost_cells.subscribe { sample, found -> publish(found, "${plan.outdir}/${sample}") }
    files = published
        .mix(lost_cells.map { sample, found -> ["${sample}/${found.name}".toString(), found] })
        .mix(information.map { file -> ["pipeline_info/${file.name}".toString(), file] })
        .mix(brought, channel.fromList(sheet + image.collect { file -> ["image/${file.name}".toString(), file] }))
        .toSortedList { one, other -> one[0] <=> other[0] }
    tasks = versions.map { found -> task_of(found) }
        .toSortedList { one, other -> one.started <=> other.started ?: one.name <=> other.name }
    inputs = summaries.toSortedList { one, other -> one[0] <=> other[0] }
    record = files.map { found -> ['made', found] }
        .mix(tasks.map { found -> ['tasks', found] }, inputs.map { found -> ['inputs', found] })
        .mix(failed.map { found -> ['failed', found] })
        .toList()
        .map { told -> groovy.json.JsonOutput.toJson(record_of(plan, told.collectEntries())) }
        .collectFile(name: 'record.json')
    CRATE(
        record,
        files.map { found -> found.collect { _place, file -> file } },
        source_files(),
        plan.code.crate,
    )
    if (plan.from) {
        COMPARE(file(plan.from, glob: false), CRATE.out.crate, plan.code.compare)
        COMPARE.out.table.subscribe { table -> say_replay(table) }
    }
}

// What came out of a repeated run, on the console.
def say_replay(table) {
    def rows = table.splitCsv(header: true, quote: '"')
    def others = rows.findAll { row -> row.verdict != 'same bytes' }
    log.info("${rows.size() - others.size()} of ${rows.size()} outputs have the same bytes")
    others.each { row ->
        def numbers = [
            row.adjusted_rand_index ? "adjusted Rand index ${row.adjusted_rand_index}" : '',
            row.largest_difference ? "largest difference ${row.largest_difference}" : '',
        ].findAll { words -> words }
        log.warn("${([row.output + ': ' + row.verdict] + numbers).join(', ')}${row.reason ? " (${row.reason})" : ''}")
    }
}

// Not by collectFile's storeDir: then the crate would be made anew for another folder of results.
def publish(found, folder) {
    def place = file("${folder}/${found.name}", glob: false)
    place.parent.mkdirs()
    found.copyTo(place)
}

// [place in the crate, file] of each file that was read of a sample; of a folder, not of all that is in it.
def inputs_of(sample, files, found) {
    def named = files.values().flatten().collectEntries { file -> [file.name, file] }
    (found.files ?: []).collect { brought -> brought.name }.unique().collect { name ->
        def parts = name.tokenize('/')
        ["inputs/${sample}/${name}".toString(), parts.tail().inject(named[parts[0]]) { folder, part -> folder.resolve(part) }]
    }
}

// What the pipeline is made of.
def source_files() {
    def names = [
        'main.nf', 'nextflow.config', 'nextflow_schema.json', 'nextflow', 'bin', 'conf', 'containers', 'modules', 'notebooks',
        'LICENSE', 'CITATION.cff',
    ]
    names.collect { name -> file("${projectDir}/${name}", glob: false) }
}
