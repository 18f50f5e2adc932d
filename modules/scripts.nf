// What a process needs to run a script of bin/ or a notebook: its options, and the digest of the library it reaches.
//
// Nextflow hashes a script that a task's command names, but not what the script imports. With this digest among a task's
// inputs, an edit in bin/spacon runs those stages again that reach it, and no other.

include { schema_groups } from './schema'
include { shell_word    } from './words'

// [options, digest] of a script.
def script_of(name, values) {
    [options_of(name, values), digest_of(["bin/${name}.py"])]
}

// [notebook.ipynb, page.html, nextflow_schema.json, digest] of a notebook.
def notebook_of(name) {
    [
        file("${projectDir}/notebooks/${name}.ipynb", glob: false),
        file("${projectDir}/notebooks/page.html", glob: false),
        file("${projectDir}/nextflow_schema.json", glob: false),
        digest_of(['bin/notebook.py', "notebooks/${name}.ipynb"]),
    ]
}

// SHA-256 of the library files that these files reach, with their names.
def digest_of(paths) {
    reached_by(paths).collect { path -> "${path}\n${text_of(path)}" }.join('\n').sha256()
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

// `from spacon.a import b` is of the file a/b.py, of a.py, or of the package a.
def imported_by(text) {
    (text =~ /from (spacon[\w.]*) import (?:\(([\w,\s]*)\)|([\w, ]*))/).collect { _all, module, several, plain ->
        def path = "bin/${module.replace('.', '/')}"
        (several ?: plain).tokenize(', \n').collect { name ->
            ["${path}/${name}.py", "${path}.py", "${path}/__init__.py"]
                .find { candidate -> file("${projectDir}/${candidate}", glob: false).exists() }
        }
    }.flatten().findAll { found -> found }.unique()
}

// Which groups of the schema make up the options of a script: a changed parameter re-runs only these stages.
def groups_of(script) {
    [
        cortex: ['simulated_cortex'],
        preprocess: ['preprocessing'],
        spatial_graph: ['spatial_graph'],
        connection_graph: ['connection_graph'],
        train: ['training', 'computing'],
        embed: ['embedding', 'computing'],
        fuse: ['fused_neighbors'],
        cluster: ['clustering'],
        evaluate: ['evaluation'],
    ].get(script, [])
}

// What validation looks at: the parameters that can be wrong for the data, and those that decide on memory.
def validated_names() {
    ['expression_values', 'hvg_above', 'n_top_genes', 'coordinates', 'spatial_rule', 'spatial_neighbors', 'spatial_radius',
        'section_key', 'section_order', 'section_radius', 'distance_decay', 'near_percentile',
        'connectivity_threshold', 'retained_fraction', 'widths', 'batch_size', 'fanouts', 'reconstruction', 'device', 'n_clusters',
        'cluster_neighbors', 'refine_neighbors', 'reference_key']
}

def option(name, value) {
    def flag = name.replace('_', '-')
    if (value instanceof Boolean) {
        return value ? "--${flag}" : "--no-${flag}"
    }
    return "--${flag}=${shell_word(value)}"
}

// The options of a script, as they stand on its command line; unset parameters are left out.
def options_of(script, values) {
    def ours = groups_of(script).collectMany { group -> schema_groups()[group].properties.keySet().toList() }
    def others = [validate: validated_names(), cluster: ['section_key']] // refinement votes inside a section
    def names = ours + others.get(script, [])
    names.findAll { name -> values[name] != null }.collect { name -> option(name, values[name]) }.join(' ')
}
