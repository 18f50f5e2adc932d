include { after_failure } from '../functions/failures'
include { inside } from '../functions/files'
include { each_word ; refusal ; shell_word } from '../functions/words'

process VALIDATE {
    tag "${sample}"
    label 'light'
    memory { (1.GB + 5 * 1.B * (expression.size() + bytes_held(connectivity))) * task.attempt } // perhaps compressed
    errorStrategy { after_failure(task, sample, params.on_error) }

    input:
    tuple val(sample), path(expression, stageAs: 'expression/*'), path(connectivity, stageAs: 'connectivity/*'), path(surfaces, stageAs: 'surfaces/*'), path(assembly), val(_times), val(options)
    val _code

    output:
    tuple val(sample), path('validated.json'), emit: summary, optional: true
    tuple val(sample), path('notes_validate.txt'), emit: notes, optional: true
    tuple val(sample), path('problem.txt'), emit: problem
    path 'versions.yml', emit: versions

    script:
    """
    validate.py --sample=${sample} --expression ${shell_word(expression)} ${each_word('--connectivity', connectivity)} \\
        ${each_word('--surfaces', surfaces)} ${each_word('--assembly', assembly)} ${options} --output validated.json --notes notes_validate.txt \\
        2> log.txt && status=0 || status=\$?
    ${refusal(expression)}
    versions.py VALIDATE anndata nibabel numpy scipy > versions.yml
    """

    stub:
    """
    echo "{}" > validated.json
    touch problem.txt notes_validate.txt
    versions.py VALIDATE > versions.yml
    """
}

// The size of connectivity, but for files that are mapped.
def bytes_held(connectivity) {
    [connectivity].flatten().findAll { file -> !file.name.endsWith('.npy') }
        .collectMany { file -> inside(file.toRealPath()) }.collect { file -> file.size() }.sum() ?: 0
}
