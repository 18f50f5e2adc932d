// What a process needs to run a script of bin/ or a notebook: its options, and the digest of the library it reaches.
//
// Nextflow hashes a script that a task's command names by its path, size and time, and not what the script imports. With
// this digest among a task's inputs, an edit runs those stages again that reach it, and no other. Times do not count
// (conf/resources.config), so that a fresh checkout of the same code finds all that was computed.

include { sample_properties ; schema_properties } from './schema'
include { shell_word                            } from './words'

// By the name of a script, [options, digest], or the digest alone where options come with each sample; by that of a notebook,
// [notebook.ipynb, page.html, schema.json, digest].
def code_of(values) {
    def scripts = [
        'abc_atlas', 'celegans', 'cortex', 'assemble', 'validate', 'preprocess', 'spatial_graph', 'connection_graph',
        'train', 'embed', 'neighbors', 'layout', 'cluster', 'evaluate', 'surfaces', 'crate', 'compare',
    ]
    def notebooks = ['report', 'overview']
    def of_samples = sample_stages()
    scripts.collectEntries { name ->
        def digest = digest_of(files_of(name))
        [name, name in of_samples ? digest : [options_of(name, values), digest]]
    } + notebooks.collectEntries { name -> [name, notebook_of(name)] }
}

// The stages that take parameters of which a sample may have its own.
def sample_stages() {
    sample_properties().values().collectMany { described -> described.stages }.unique()
}

// The options of those stages, by stage.
def sample_options_of(values) {
    sample_stages().collectEntries { stage -> [stage, options_of(stage, values)] }
}

def files_of(name) {
    ["bin/${name}.py", 'bin/versions.py'] + (name == 'celegans' ? ['containers/celegans.lock'] : [])
}

def notebook_of(name) {
    [
        file("${projectDir}/notebooks/${name}.ipynb", glob: false),
        file("${projectDir}/notebooks/page.html", glob: false),
        file("${projectDir}/nextflow_schema.json", glob: false),
        digest_of(['bin/notebook.py', 'bin/versions.py', "notebooks/${name}.ipynb", 'notebooks/page.html', 'nextflow_schema.json']),
    ]
}

// SHA-256 of these files and the library files that they reach, with their names.
def digest_of(paths) {
    (paths + reached_by(paths)).collect { path -> "${path}\n${text_of(path)}" }.join('\n').sha256()
}

def text_of(path) {
    file("${projectDir}/${path}", glob: false).text
}

// The paths of the library files that these files import, and that those import in turn.
def reached_by(paths) {
    paths.inject([].toSet()) { known, path -> with_imports_of(path, known) }.toList().sort()
}

def with_imports_of(path, known) {
    (imported_by(text_of(path)) + ['bin/spacon/__init__.py']).inject(known) { found, imported ->
        imported in found ? found : with_imports_of(imported, found + [imported])
    }
}

// `from spacon.a import b as c` is of the file a/b.py, of a.py, or of the package a.
def imported_by(text) {
    (text =~ /from (spacon[\w.]*) import (?:\(([\w,\s]*)\)|([\w, ]*))/).collect { _all, module, several, plain ->
        def path = "bin/${module.replace('.', '/')}"
        (several ?: plain).replaceAll(/ as \w+/, '').tokenize(', \n').collect { name ->
            ["${path}/${name}.py", "${path}.py", "${path}/__init__.py"]
                .find { candidate -> file("${projectDir}/${candidate}", glob: false).exists() }
        }
    }.flatten().findAll { found -> found }.unique()
}

def option(name, value) {
    def flag = name.replace('_', '-')
    if (value instanceof Boolean) {
        return value ? "--${flag}" : "--no-${flag}"
    }
    return "--${flag}=${shell_word(value)}"
}

// The options of a script, as they stand on its command line: the parameters whose `stages` in the schema name it, so
// that a changed parameter runs no other stage again. Unset parameters are left out.
def options_of(script, values) {
    schema_properties().findAll { name, described -> script in described.stages && values[name] != null }
        .collect { name, _described -> option(name, values[name]) }
        .join(' ')
}
