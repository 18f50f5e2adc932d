// Samples that failed: what a process does after a failed task, and who failed where and why (results/failed.csv).
//
// Directives are evaluated in the engine, wherever the task ran, and several at once; so what they find is kept beside
// the engine's own settings, which all modules share. The first failure of a sample is the one that counts.

// The errorStrategy of every process: a task that was killed is tried again, a sample whose task failed is noted.
def after_failure(task, sample, on_error) {
    if (was_killed(task.exitStatus) && task.attempt <= task.get('maxRetries')) { // .maxRetries would ask for this strategy
        return 'retry'
    }
    note_failure(sample, task.process.tokenize(':').last(), reason_of(task.exitStatus, task.workDir), on_error)
    on_error == 'continue' ? 'ignore' : 'terminate'
}

// 130 to 145 (a signal: out of memory, out of time, pre-empted), 104 and 247 (the same in some clusters), and no exit
// status at all, which Nextflow gives as the largest whole number.
def was_killed(status) {
    status in (130..145) + [104, 247, 2147483647]
}

// Why a task failed, in one line: its own `error: ...` if it printed one.
def reason_of(status, folder) {
    def log = folder?.resolve('.command.err')
    def lines = log?.exists() ? log.getText('UTF-8').readLines().findAll { line -> line.trim() } : []
    def told = lines.findAll { line -> line.startsWith('error: ') }.collect { line -> line - 'error: ' }
    if (told) {
        return told.join('; ')
    }
    if (was_killed(status)) {
        def cause = status in [137, 247] ? 'took more memory than it was given' : 'took more time than it was given, or by hand'
        return "was killed (exit status ${status == 2147483647 ? 'unknown' : status}) at each attempt, most likely because it ${cause}: " +
            "give it more (docs/running.md, 'Memory and time')"
    }
    if (status == 0) {
        return "left a file out that it should have written; its work folder is ${folder}"
    }
    "exit status ${status ?: 'unknown'}: ${lines ? lines.last().trim() : 'no words; see .nextflow.log'}"
}

def note_failure(sample, stage, reason, on_error) {
    def failure = [sample, stage, reason].collect { text -> text.toString() }
    def first = System.properties.putIfAbsent("spacon-nf.failed.${sample}".toString(), groovy.json.JsonOutput.toJson(failure)) == null
    if (first && on_error == 'continue') { // else `closing` says it, below the engine's own words
        log.warn(in_words(failure))
    }
}

def in_words(failure) {
    def (sample, stage, reason) = failure
    "${sample ? "sample ${sample} failed in" : 'failed:'} ${stage}: ${reason}"
}

// [[sample, stage, reason], ...] of all that have failed so far, by name.
def failures() {
    System.properties.findAll { key, _line -> key.startsWith('spacon-nf.failed.') }.values()
        .collect { line -> new groovy.json.JsonSlurper().parseText(line) }
        .sort { failure -> failure[0] }
}

// After all validations: with `stop`, whatever is wrong with any sample ends the run before anything is computed.
def after_validation(problems, on_error) {
    problems.each { sample, stage, lines -> note_failure(sample, stage, lines.join('; '), on_error) }
    if (problems && on_error == 'stop') {
        error(problems.collectMany { sample, _stage, lines -> lines.collect { line -> "sample ${sample}: ${line}" } }.join('\n'))
    }
    true
}

// After all reports: [the tables of those that finished, the rows of failed.csv]. A sample that neither finished nor was
// noted had a task that a user's own settings ignored.
def outcome(finished, samples) {
    (samples - finished.collect { sample, _metrics -> sample } - failures().collect { failure -> failure[0] }).each { sample ->
        note_failure(sample, 'unknown', 'a task failed, and settings of yours (errorStrategy) let the run go on; see .nextflow.log', 'stop')
    }
    [finished.collect { _sample, metrics -> metrics }, failed_table(failures())]
}

// The lines of failed.csv.
def failed_table(failed) {
    ['sample,stage,reason'] + failed.collect { row -> row.collect { cell -> csv_cell(cell) }.join(',') }
}

def csv_cell(text) {
    text ==~ /[^",\r\n]*/ ? text : "\"${text.replace('"', '""')}\""
}

def failed_file(outdir) {
    file("${outdir}/failed.csv", glob: false)
}

// At the end: results/failed.csv, and who failed on the console.
def closing(outdir, finished) {
    // Of a run that was ended, the samples that did not finish are just those that it did not come to.
    def failed = failures().findAll { _sample, stage, _reason -> workflow.success || stage != 'unknown' }
    failed_file(outdir).text = failed_table(failed).join('\n') + '\n'
    def words = failed.collect { failure -> in_words(failure) }.join('\n')
    if (!workflow.success) {
        if (failed.any { _sample, stage, _reason -> !(stage in ['ASSEMBLE', 'VALIDATE']) }) { // else the run ended with these very lines
            log.error(words)
        }
        return null
    }
    if (failed) {
        log.warn("${failed.size()} of ${failed.size() + finished} samples failed (${outdir}/failed.csv):\n${words}")
    }
    log.info("\nDone in ${workflow.duration}. Open ${outdir}/index.html, which links each sample's report.\n")
}
