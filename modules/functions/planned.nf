// What --plan prints.

include { computed_anew            } from './anew'
include { found_in                 } from './summaries'
include { longest_chain ; tasks_of } from './tasks'

// Seconds of an example, of the page of all samples and of the crate, whose size decides little.
def other_tasks(plan) {
    [abc_atlas: 10, celegans: 10, cortex: 5].findAll { stage, _seconds -> plan.example && stage.startsWith(plan.example) } + [overview: 4, crate: 5]
}

// Once all samples are checked: what the run would do of those that can be computed.
def say_plan(plan, summaries, all_checked) {
    summaries.map { sample, summary -> [sample, found_in(summary)] }
        .toSortedList { one, other -> one[0] <=> other[0] }
        .map { found -> [found] }
        .combine(all_checked)
        .subscribe { found, _checked -> log.info(found ? plan_text(plan, found) : error('no sample can be computed')) }
}

// found: [[sample, what validation found of it], ...]
def plan_text(plan, found) {
    def samples = found.collect { sample, summary -> [sample, tasks_of(plan, summary)] }
    def others = other_tasks(plan)
    def rows = rows_of(samples, others)
    def since = plan.earlier ? [''] + comparison(plan, found, rows.collect { row -> row[1] }) : []
    def lines = ['', 'Plan; nothing was computed but the checks.', ''] +
        table_of([['sample', 'stage', 'tasks', 'memory of each', 'time of each']] + rows) +
        ['', totals(samples.collect { _sample, tasks -> tasks }, others.values())] +
        ['Times are estimates, for a processor of two cores without a GPU (docs/usage.md, section 6).'] + since + ['']
    lines.join('\n')
}

// The cells of each line: an example first, the page of all samples and the crate last.
def rows_of(samples, others) {
    def alone = others.collect { stage, seconds -> ['', stage, 1, '', about(seconds)] }
    def of_samples = samples.collectMany { sample, tasks ->
        tasks.collect { row -> [sample, row.stage, row.tasks, gigabytes(row.memory), about(row.longest)] }
    }
    alone.dropRight(2) + of_samples + alone.takeRight(2)
}

def totals(samples, others) {
    def number = others.size() + samples.flatten().collect { row -> row.tasks }.sum()
    def cpu = others.sum() + samples.flatten().collect { row -> row.cpu }.sum()
    "${number} tasks; longest chain: ${about(others.sum() + longest_chain(samples))}; CPU time: ${about(cpu)}".toString()
}

// Against an earlier run, of these stages.
def comparison(plan, found, stages) {
    def earlier = plan.earlier
    def anew = computed_anew(plan, found.collect { _sample, summary -> summary.spots }, stages)
    ["Since ${earlier.file}:".toString()] + (earlier.differences ?: ['no parameter differs']) + [
        "computed anew with -resume: ${anew.join(', ') ?: 'nothing'}".toString(),
        'Whether code or input files have changed since, that file cannot tell.',
    ]
}

// Columns beneath each other: words to the left, numbers to the right.
def table_of(rows) {
    def widths = rows.transpose().collect { column -> column.collect { cell -> cell.toString().size() }.max() }
    rows.collect { row ->
        [row, widths].transpose().withIndex()
            .collect { pair, at -> at < 2 ? pair[0].toString().padRight(pair[1]) : pair[0].toString().padLeft(pair[1]) }
            .join('  ')
    }
}

// As Nextflow counts them.
def gigabytes(megabytes) {
    megabytes ? String.format(Locale.ROOT, '%.1f GB', megabytes / 1024) : ''
}

// Seconds, rounded as an estimate is: to what a reader plans by.
def about(seconds) {
    def (size, unit) = seconds < 90 ? [seconds, 's'] : seconds < 5400 ? [seconds / 60, 'min'] : [seconds / 3600, 'h']
    def number = size < 10 ? size : 5 * Math.round(size / 5)
    "about ${Math.max(1, Math.round(number))} ${unit}".toString()
}
