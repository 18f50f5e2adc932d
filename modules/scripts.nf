// What a process needs to run a script of bin/ or a notebook: its options and the library modules that it imports.
//
// A script named in a process is part of its tasks' hash, but what it imports is not. Given to the process as files,
// an edit of a module re-runs the stages that use it, and no other.

include { options_of } from './parameters'

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
