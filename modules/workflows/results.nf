// Per sample, all that its seeds, alphas and resolutions gave, and its report; then the page that links them.

include { EVALUATE    } from '../processes/evaluate'
include { SURFACES    } from '../processes/surfaces'
include { REPORT      } from '../processes/report'
include { OVERVIEW    } from '../processes/overview'
include { outcome     } from '../functions/failures'
include { times_of    } from '../functions/files'
include { with_memory } from '../functions/summaries'
include { with_options ; with_parameters } from '../functions/channels'

workflow RESULTS {
    take:
    gathered // [sample, preprocessed.h5ad, spatial_graph.npz, connection_graph.npz, histories, embedding, mix, layouts, clusterings, notes x 3]
    summaries // [sample, validated.json]
    connection_summaries // [sample, connection_graph.json]
    samples // [sample, files by role] of all samples, finished or not
    plan

    main:
    optioned = with_options(with_memory(gathered, summaries, 'evaluate'), plan, 'evaluate')
    EVALUATE(with_parameters(optioned, plan), plan.code.evaluate)
    parts = gathered.map { sample, _expression, spatial_graph, connection_graph, histories, _embedding, _mix, _layouts, _clusterings, _notes, _more, _last ->
        [sample, spatial_graph, connection_graph, histories]
    }
    described = EVALUATE.out.results.join(parts).join(summaries).join(connection_summaries).join(EVALUATE.out.notes)
    dated = with_memory(described, summaries, 'report')
        .map { found -> found + [plan.made_on[found[0]] ?: '', (plan.own[found[0]] ?: [:]).keySet().toList()] }
    REPORT(with_parameters(dated, plan), plan.command, plan.code.report)

    on_surfaces = EVALUATE.out.results.join(samples)
        .filter { _sample, _spots, _metrics, files -> files.surfaces }
        .map { sample, spots, _metrics, files -> [sample, spots, files.surfaces, times_of(files.surfaces)] }
    SURFACES(with_options(with_memory(on_surfaces, summaries, 'surfaces'), plan, 'surfaces'), plan.code.surfaces)
    labelled = samples.filter { _sample, files -> !files.surfaces }.mix(SURFACES.out.folder).map { found -> found.take(1) }

    finished = REPORT.out.html.join(EVALUATE.out.metrics).join(labelled).map { sample, _html, metrics -> [sample, metrics] }
    all_finished = finished.toSortedList { one, other -> one[0] <=> other[0] }
        .filter { !plan.ends_after_checks }
        .map { found -> [found] }
    names = samples.map { found -> found[0] }.toList().map { found -> [found] }
    outcomes = all_finished.combine(names).map { found, expected -> outcome(found, expected) }
    OVERVIEW(outcomes, plan.own ? groovy.json.JsonOutput.toJson(plan.own) : '', plan.command, plan.code.overview)
    OVERVIEW.out.html.combine(finished.count()).subscribe { _html, number -> number ?: error('no sample finished') }

    emit:
    finished // [sample, metrics.csv]
    failed = outcomes.map { _metrics, failed -> failed } // [lines of failed.csv]
    published = EVALUATE.out.published.mix(SURFACES.out.folder, REPORT.out.published).transpose() // [place in the results, file]
        .map { sample, file -> ["${sample}/${file.name}".toString(), file] }
        .mix(OVERVIEW.out.html.map { html -> ['index.html', html] })
    notes = EVALUATE.out.notes // [sample, notes.csv]
    versions = EVALUATE.out.versions.mix(SURFACES.out.versions, REPORT.out.versions, OVERVIEW.out.versions)
}
