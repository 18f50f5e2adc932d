include { after_failure } from '../functions/failures'
include { shell_word } from '../functions/words'

process VALIDATE {
    tag "${sample}"
    label 'light'
    memory { (1.GB + 5 * 1.B * (expression.size() + held(connectivity))) * task.attempt } // perhaps compressed
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), path(expression, stageAs: 'expression/*'), path(connectivity, stageAs: 'connectivity/*'), val(_times)
    tuple val(options), val(_code)

    output:
    tuple val(sample), path('validated.json'), emit: summary, optional: true
    tuple val(sample), path('notes_validate.txt'), emit: notes, optional: true
    tuple val(sample), path('problem.txt'), emit: problem
    path 'versions.yml', emit: versions

    script:
    """
    # Bad input (exit status 2) does not fail the task: modules/functions/failures.nf takes it from problem.txt.
    validate.py --sample=${sample} --expression ${shell_word(expression)} --connectivity ${shell_word(connectivity)} ${options} \\
        --output validated.json --notes notes_validate.txt 2> log.txt && status=0 || status=\$?
    cat log.txt >&2
    # HDF5's library crashes on some damaged files: abort, bus error or segmentation fault.
    if [[ \$status == 13[459] ]]; then
        printf 'error: %s: is damaged: reading it crashed; make the file anew\\n' ${shell_word(expression.name)} >> log.txt
        status=2
    fi
    sed -n 's/^error: //p' log.txt > problem.txt
    if [ \$status -eq 2 ] && [ ! -s problem.txt ] || [ \$status -ne 0 ] && [ \$status -ne 2 ]; then exit \$status; fi
    versions.py VALIDATE anndata numpy scipy > versions.yml
    """

    stub:
    """
    echo "{}" > validated.json
    touch problem.txt notes_validate.txt
    versions.py VALIDATE > versions.yml
    """
}

// The size of a file of connectivity, unless it is mapped.
def held(connectivity) {
    connectivity.name.endsWith('.npy') ? 0 : connectivity.size()
}
