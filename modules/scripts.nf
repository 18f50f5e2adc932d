// What a process needs to run a script of bin/ or a notebook: its options and the library modules that it imports.
//
// A script named in a process is part of its tasks' hash, but what it imports is not. Given to the process as files,
// an edit of a module re-runs the stages that use it, and no other.

include { schema_groups } from './schema'
include { shell_word    } from './words'

// [options, [module.py, ...]] of a script.
def script_of(name, values) {
    [options_of(name, values), modules_of(["bin/${name}.py"])]
}

// [notebook.ipynb, page.html, nextflow_schema.json, [module.py, ...]] of a notebook.
def notebook_of(name) {
    [
        file("${projectDir}/notebooks/${name}.ipynb"),
        file("${projectDir}/notebooks/page.html"),
        file("${projectDir}/nextflow_schema.json"),
        modules_of(['bin/notebook.py', "notebooks/${name}.ipynb"]),
    ]
}

def modules_of(paths) {
    paths.collectMany { path -> imported_by(path, [].toSet()).toList() }.unique().sort().collect { name -> library(name) }
}

def library(name) {
    file("${projectDir}/bin/spacon/${name}.py")
}

// The names of the modules that a file imports, and that these import in turn.
def imported_by(path, known) {
    def text = file(path.toString().startsWith('/') ? path : "${projectDir}/${path}").text
    def single = (text =~ /from spacon\.(\w+) import/).collect { found -> found[1] }
    def several = (text =~ /from spacon import ([\w, ]+)/).collect { found -> found[1].tokenize(', ') }.flatten()
    (single + several + ['__init__']).toSet().inject(known) { found, name ->
        name in found ? found : imported_by(library(name), found + [name])
    }
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
