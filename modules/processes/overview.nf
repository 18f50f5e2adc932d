include { after_failure } from '../functions/failures'
include { shell_word } from '../functions/words'

process OVERVIEW {
    label 'reporting'
    errorStrategy { after_failure(task, '', 'stop') }

    input:
    tuple path(metrics), val(failed) // lines of a CSV
    val own // parameters of single samples, as JSON; nothing if there are none
    val command
    tuple path(notebook, stageAs: 'notebook/*'), path(page), path(_schema), val(_code)

    output:
    path 'index.html', emit: html
    path 'versions.yml', emit: versions

    script:
    def lines = ["metrics_files: [${[metrics].flatten().join(', ')}]", 'failed_file: failed.csv'] + (own ? ['own_file: own.json'] : [])
    def own_file = own ? "\n    printf '%s\\n' ${shell_word(own)} > own.json" : ''
    """
    printf '%s\\n' ${shell_word(command)} > command.txt${own_file}
    printf '%s\\n' ${failed.collect { line -> shell_word(line) }.join(' ')} > failed.csv
    printf '%s\\n' ${lines.collect { line -> shell_word(line) }.join(' ')} > notebook.yml
    notebook.py --notebook ${notebook} --page ${page} --parameters notebook.yml --title 'SpaCon: samples' \\
        --executed overview.ipynb --html index.html
    versions.py OVERVIEW nbconvert pandas papermill > versions.yml
    """

    stub:
    """
    touch index.html
    versions.py OVERVIEW > versions.yml
    """
}
