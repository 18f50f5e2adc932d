// All samples are checked before anything is computed; then expression takes the form that the model takes.

include { VALIDATE         } from '../processes/validate'
include { PREPROCESS       } from '../processes/preprocess'
include { after_validation } from '../functions/failures'
include { times_of         } from '../functions/files'
include { with_options     } from '../functions/channels'
include { with_memory      } from '../functions/summaries'
include { say_plan         } from '../functions/planned'

workflow CHECKS {
    take:
    samples // [sample, spots.h5ad, connectivity files, surfaces files, assembly.json or nothing]
    refused // [sample, problem.txt] of those that were assembled
    plan

    main:
    stamped = samples.map { sample, expression, connectivity, surfaces, assembly ->
        [sample, expression, connectivity, surfaces, assembly, times_of([expression] + connectivity + surfaces)]
    }
    VALIDATE(with_options(stamped, plan, 'validate'), plan.code.validate)
    summaries = VALIDATE.out.summary
    all_checked = VALIDATE.out.problem.map { sample, problem -> [sample, 'VALIDATE', problem.readLines('UTF-8')] }
        .mix(refused.map { sample, problem -> [sample, 'ASSEMBLE', problem.readLines('UTF-8')] })
        .filter { _sample, _stage, lines -> lines }
        .toSortedList { one, other -> one[0] <=> other[0] }
        .map { problems -> after_validation(problems, plan.on_error) }
    if (plan.ends_after_checks) {
        say_plan(plan, summaries, all_checked)
    }
    // Once all are validated, unless it was all that is wanted:
    checked = samples.combine(all_checked).filter { !plan.ends_after_checks } // and true
    expressions = checked.map { sample, expression, _connectivity, _surfaces, _assembly, _checked -> [sample, expression, times_of([expression])] }

    PREPROCESS(with_options(with_memory(expressions, summaries, 'preprocess'), plan, 'preprocess'), plan.code.preprocess)

    emit:
    preprocessed = PREPROCESS.out.expression // [sample, preprocessed.h5ad]
    connectivities = checked.map { sample, _expression, connectivity, _surfaces, _assembly, _checked -> [sample, connectivity, times_of(connectivity)] }
    summaries // [sample, validated.json] of each sample that can be computed
    notes = VALIDATE.out.notes // [sample, notes_validate.txt]
    versions = VALIDATE.out.versions.mix(PREPROCESS.out.versions)
}
