// The samplesheet: a CSV with the columns sample, expression, connectivity, and perhaps spots, genes, places, surfaces, and
// parameters that samples have of their own; paths are relative to the sheet.

include { distance ; nearest ; nearly           } from './names'
include { roles                                 } from './files'
include { sample_properties ; schema_properties } from './schema'

// [sample, files by role, what the row sets of parameters] of each row. `own_problems` says what is wrong with the latter;
// it is given, as only one module may include what it needs (tests/pipeline/test_lint.py).
def samples_of(path, rows, own_problems) {
    def sheet = file(path, glob: false)
    def problems = rows.collectMany { row ->
        problems_of(row, rows, sheet) + own_problems.call(row.own).collect { problem -> "sample '${row.sample}': ${problem}".toString() }
    }.unique()
    if (problems) {
        error(problems.collect { problem -> "${sheet.name}: ${problem}" }.join('\n'))
    }
    rows.collect { row -> [row.sample, roles().collectEntries { role, _most -> [role, files_in(row[role], role, sheet)] }, row.own] }
}

// The lines of the sheet as maps of its columns, and of the parameters that they set; empty lines are left out.
def rows_of(path) {
    def sheet = file(path, glob: false)
    if (!sheet.exists()) {
        error("${path}: there is no such samplesheet")
    }
    def columns = ['sample', 'expression', 'connectivity']
    def own = sample_properties().keySet()
    def optional = roles().keySet() - columns
    def lines = text_of(sheet).split('\r\n|\n|\r').toList().withIndex(1)
        .collect { line, number -> [number, cells(line, number, sheet)] }
        .findAll { _number, row -> row.any { cell -> cell } }
    def header = lines ? lines[0][1].take(filled(lines[0][1])).collect { name -> name.toLowerCase() } : []
    def missing = columns.find { column -> !(column in header) }
    def repeated = (columns + optional + own).find { column -> header.count(column) > 1 }
    if (missing && lines) {
        def other = header.size() == 1 ? [';', '\t'].find { letter -> header[0].contains(letter) } : null
        error("${sheet.name}: " + (other ? "the columns are separated by ${other == ';' ? 'semicolons' : 'tabs'}; save it with commas"
            : "has no column '${missing}'; found ${lines[0][1].join(', ')}; needed: ${columns.join(', ')}"))
    }
    if (repeated) {
        error("${sheet.name}: the column '${repeated}' appears twice; keep one")
    }
    def unknown = header.findAll { name -> name && !(name in columns + optional + own) }
    def shared = unknown.find { name -> name in schema_properties().keySet() - 'region' } // of a sample, it is the brain's
    if (shared) {
        error("${sheet.name}: has a column '${shared}', a parameter that all samples share; set it as --${shared}, and rename or remove the column")
    }
    def misspelt = unknown.find { name -> optional.any { column -> distance(name, column) == 1 } || nearly(name, nearest(name, own)) }
    if (misspelt) {
        error("${sheet.name}: has a column '${misspelt}'; did you mean ${nearest(misspelt, optional + own)}?")
    }
    if (lines.size() < 2) {
        error("${sheet.name}: has no samples; needed: ${columns.join(', ')}")
    }
    lines.tail().collect { number, row ->
        if (filled(row) > header.size() || row.size() < header.size()) {
            error("${sheet.name}: line ${number} has ${filled(row)} cells, but the header has ${header.size()}; put a value that has a comma in double quotes")
        }
        def found = (columns + optional + own).collectEntries { column -> [column, column in header ? row[header.indexOf(column)] : ''] }
        found.subMap(columns + optional) + [own: found.subMap(own).findAll { _name, cell -> cell }]
    }
}

// How many cells a row has up to the last that is not empty: a spreadsheet may add empty ones.
def filled(row) {
    row.size() - row.reverse().findIndexOf { cell -> cell }
}

def text_of(sheet) {
    if (sheet.isDirectory()) {
        error("${sheet.name}: is a folder; a CSV file is needed")
    }
    def bytes = sheet.bytes
    if (bytes.any { octet -> octet == 0 }) {
        error("${sheet.name}: is ${bytes[0] == 80 ? 'a spreadsheet' : 'UTF-16 text'}; save it as CSV UTF-8")
    }
    def text = new String(bytes, 'UTF-8')
    if (text.contains('\uFFFD')) {
        def line = text.split('\r\n|\n|\r').findIndexOf { words -> words.contains('\uFFFD') } + 1
        error("${sheet.name}: line ${line} has letters that are not UTF-8 (as in Latin-1); save it as CSV UTF-8")
    }
    text.startsWith('\uFEFF') ? text.substring(1) : text
}

// The cells of a line, without the blanks and quotes around them.
def cells(line, number, sheet) {
    def found = (line =~ /\G\s*(?:"((?:[^"]|"")*)"|((?:[^,"][^,]*?)?))\s*(,|$)/)
        .collect { _all, quoted, plain, end -> [quoted == null ? plain : quoted.replace('""', '"').trim(), end] }
    def last = found.findIndexOf { _cell, end -> end == '' }
    if (last < 0) {
        error("${sheet.name}: line ${number} has a double quote that is not closed, or that ends before the comma")
    }
    found.take(last + 1).collect { cell, _end -> cell }
}

// What is wrong with one row.
def problems_of(row, rows, sheet) {
    def name = row.sample
    def alike = rows.findAll { other -> other.sample.equalsIgnoreCase(name) }.collect { other -> other.sample }
    def other = alike.find { found -> found != name }
    def wrong = [
        [!(name ==~ /[A-Za-z0-9_][A-Za-z0-9._-]*/), "sample name '${name}' is not allowed; use letters, digits, '.', '_' and '-', starting with a letter, a digit or '_'"],
        [name.size() > 100, "sample name '${name.take(20)}...' has ${name.size()} letters; at most 100 are allowed"],
        [reserved(name.toLowerCase()), "sample name '${name}' is reserved for results of the run; choose another"],
        [other, "sample names '${[name, other].sort().join("' and '")}' differ only in case, which some file systems do not tell apart"],
        [alike.count(name) > 1, "sample name '${name}' appears ${alike.count(name) == 2 ? 'twice' : "${alike.count(name)} times"}; each sample needs its own"],
    ].findAll { condition, _words -> condition }.collect { _condition, words -> words.toString() }
    wrong + roles().collectMany { role, most -> problems_of_role(row[role], role, most, name, sheet) } + alike_problem(row, sheet)
}

def problems_of_role(cell, role, most, name, sheet) {
    if (!cell) {
        return role in ['expression', 'connectivity'] ? ["sample '${name}' has no ${role}".toString()] : []
    }
    if (!readable_here(cell)) {
        return ["sample '${name}': ${role} file ${cell} has letters that need another language setting: export LC_ALL=C.UTF-8".toString()]
    }
    def paths = files_in(cell, role, sheet)
    if (paths.size() > most) {
        return ["sample '${name}': ${role} names ${paths.size()} files, but at most ${most} can be taken".toString()]
    }
    paths.collectMany { path -> file_problem(path, role, name) }
}

// Files of a sample are known by their names: in the crate, and among tables of cells.
def alike_problem(row, sheet) {
    def names = roles().collectMany { role, _most -> readable_here(row[role]) ? files_in(row[role], role, sheet) : [] }
        .collect { path -> path.toString() }.unique().collect { path -> path.tokenize('/').last() }
    def alike = names.find { name -> names.count(name) > 1 }
    alike ? ["sample '${row.sample}': two of its files are named ${alike}; rename one".toString()] : []
}

// Whether paths with these letters can be opened with the language setting of this machine.
def readable_here(cell) {
    cell ==~ /[\x00-\x7F]*/ || System.getProperty('sun.jnu.encoding') == 'UTF-8'
}

// What the results have beside the folders of samples.
def reserved(name) {
    name.endsWith('.crate.zip') || name in [
        'failed.csv', 'image', 'index.html', 'inputs', 'pipeline_info', 'readme.md', 'replay.csv', 'ro-crate-metadata.json', 'source', 'verify.py',
    ]
}

def file_problem(path, role, name) {
    // Nextflow's scripts leave the meaning of these letters to the shell, which may find another file.
    def letter = path.toString().find(/[$*?\[\]{}\p{Cntrl}]/)
    if (letter) {
        return ["sample '${name}': ${role} file ${path} has the letter '${letter}' in its path, which shells read as a pattern; rename it".toString()]
    }
    def words = java.nio.file.Files.isSymbolicLink(path) && !path.exists() ? 'is a link to a file that does not exist'
        : !path.exists() ? "does not exist${meant(path)}"
        : path.isDirectory() ? folder_problem(path, role)
        : path.size() == 0 ? 'is empty'
        : !java.nio.file.Files.isReadable(path) ? 'cannot be read: you lack the permission' : null
    words ? ["sample '${name}': ${role} file ${path} ${words}".toString()] : []
}

// What is wrong with a folder, in words; nothing where it can be read.
def folder_problem(path, role) {
    if (role == 'expression' || role == 'connectivity' && path.name.toLowerCase().endsWith('.zarr')) {
        return null
    }
    role == 'connectivity' ? 'is a folder; a file is needed, or a folder whose name ends in .zarr' : 'is a folder; a file is needed'
}

// The file beside a missing one whose name is nearly the same.
def meant(path) {
    def folder = path.parent
    def names = folder?.exists() ? folder.list().toList() : []
    def likely = names ? nearest(path.name, names) : null
    likely && 3 * distance(path.name, likely) <= path.baseName.size() ? "; did you mean ${likely}?" : ''
}

// The files that a cell names: one, or several with semicolons between them.
def files_in(cell, role, sheet) {
    def whole = cell ? located(cell, sheet) : null
    if (!whole || roles()[role] == 1 || whole.exists()) {
        return whole ? [whole] : []
    }
    cell.tokenize(';').collect { part -> part.trim() }.findAll { part -> part }.collect { part -> located(part, sheet) }
}

def located(cell, sheet) {
    def absolute = cell.startsWith('/') || cell.startsWith('~/') || cell.contains('://')
    absolute ? file(cell, glob: false) : sheet.toAbsolutePath().parent.resolve(cell)
}
