// The samplesheet: a CSV with the columns sample, expression, connectivity; paths are relative to the sheet.

def samples_of(path) {
    def sheet = file(path)
    if (!sheet.exists()) {
        error("${path}: there is no such samplesheet")
    }
    def rows = sheet.splitCsv(header: true, strip: true)
    def columns = ['sample', 'expression', 'connectivity']
    def missing = columns.find { column -> rows && !rows[0].containsKey(column) }
    if (!rows || missing) {
        error("${sheet.name}: ${rows ? "has no column '${missing}'; found ${rows[0].keySet().join(', ')}" : 'has no samples'}; needed: ${columns.join(', ')}")
    }
    def unsafe = rows.find { row -> !(row.sample ==~ /[A-Za-z0-9_-][A-Za-z0-9._-]*/) }
    if (unsafe) {
        error("${sheet.name}: sample name '${unsafe.sample}' is not allowed; use letters, digits, '.', '_' and '-', not starting with '.'")
    }
    def reserved = rows.find { row -> row.sample == 'pipeline_info' }
    if (reserved) {
        error("${sheet.name}: the sample name 'pipeline_info' is the name of a folder of the results; choose another")
    }
    def repeated = rows.countBy { row -> row.sample }.find { _name, count -> count > 1 }
    if (repeated) {
        error("${sheet.name}: sample name '${repeated.key}' stands ${repeated.value} times; each sample needs its own")
    }
    rows.collect { row -> [row.sample, located(row, 'expression', sheet), located(row, 'connectivity', sheet)] }
}

def located(row, column, sheet) {
    if (!row[column]) {
        error("${sheet.name}: sample '${row.sample}' has no ${column}")
    }
    def absolute = row[column].startsWith('/') || row[column].contains('://')
    def found = absolute ? file(row[column]) : sheet.toAbsolutePath().parent.resolve(row[column])
    if (!found.exists()) {
        error("${sheet.name}: sample '${row.sample}': ${column} file ${found} does not exist")
    }
    found
}
