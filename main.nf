#!/usr/bin/env nextflow

// SpaCon: brain areas that share both molecules and wiring, from spatial gene expression and connectivity.
//
//   validate -> preprocess -> spatial_graph    -> train -> embed -> fuse ------> cluster --------> evaluate -> report
//                          -> connection_graph -> (per seed)     (per alpha)  (per resolution)              -> overview

include { CELEGANS                                  } from './modules/celegans'
include { CORTEX                                    } from './modules/cortex'
include { VALIDATE                                  } from './modules/validate'
include { PREPROCESS                                } from './modules/preprocess'
include { SPATIAL_GRAPH                             } from './modules/spatial_graph'
include { CONNECTION_GRAPH                          } from './modules/connection_graph'
include { TRAIN                                     } from './modules/train'
include { EMBED                                     } from './modules/embed'
include { FUSE                                      } from './modules/fuse'
include { CLUSTER                                   } from './modules/cluster'
include { EVALUATE                                  } from './modules/evaluate'
include { REPORT                                    } from './modules/report'
include { OVERVIEW                                  } from './modules/overview'
include { samples_of                                } from './modules/samplesheet'
include { script_of ; notebook_of                   } from './modules/scripts'
include { checked_parameters ; from_home ; help_text ; about } from './modules/parameters'
include { check_environment                         } from './modules/environment'
include { need ; in_order ; say_notes               } from './modules/channels'
include { after_validation ; outcome ; closing ; failed_file } from './modules/failures'

workflow SPACON {
    take:
    samples // [sample, expression.h5ad, connectivity.npy or .npz]
    values  // every parameter by name

    main:
    def seeds = values.seeds.tokenize(',')
    def alphas = values.alphas.tokenize(',')
    def resolutions = values.n_clusters
        ? ["--n-clusters ${values.n_clusters}"]
        : values.resolutions.tokenize(',').collect { resolution -> "--resolution ${resolution}" }

    VALIDATE(samples, script_of('validate', values))
    summaries = VALIDATE.out.summary // [sample, validated.json] of each sample that can be computed
    all_checked = VALIDATE.out.problem // nothing is computed before all samples are checked
        .filter { _sample, problem -> problem.size() }
        .map { sample, problem -> [sample, problem.text.trim()] }
        .toSortedList { one, other -> one[0] <=> other[0] }
        .map { problems -> after_validation(problems, values.on_error) }
    checked = samples.combine(all_checked) // [sample, expression.h5ad, connectivity, true]
    expressions = checked.map { sample, expression, _connectivity, _checked -> [sample, expression] }
    connectivities = checked.map { sample, _expression, connectivity, _checked -> [sample, connectivity] }

    PREPROCESS(expressions.join(need(summaries, 'preprocess')), script_of('preprocess', values))
    preprocessed = PREPROCESS.out.expression // [sample, preprocessed.h5ad]

    SPATIAL_GRAPH(preprocessed.join(need(summaries, 'spatial_graph')), script_of('spatial_graph', values))
    CONNECTION_GRAPH(
        preprocessed.join(connectivities).join(need(summaries, 'connection_graph')),
        script_of('connection_graph', values),
    )
    graphs = SPATIAL_GRAPH.out.graph.join(CONNECTION_GRAPH.out.graph) // [sample, spatial_graph.npz, connection_graph.npz]
    inputs = preprocessed.join(graphs) // [sample, preprocessed.h5ad, spatial_graph.npz, connection_graph.npz]

    TRAIN(inputs.combine(channel.fromList(seeds)).combine(need(summaries, 'train'), by: 0), script_of('train', values))
    EMBED(inputs.combine(TRAIN.out.model, by: 0).combine(need(summaries, 'embed'), by: 0), script_of('embed', values))
    embeddings = EMBED.out.embedding // [sample, seed, embedding.npz]

    FUSE(embeddings.combine(channel.fromList(alphas)).combine(need(summaries, 'fuse'), by: 0), script_of('fuse', values))
    mixes = FUSE.out.fused // [sample, seed, alpha, fused.npz]
    CLUSTER(
        mixes.combine(preprocessed, by: 0).combine(channel.fromList(resolutions)).combine(need(summaries, 'cluster'), by: 0),
        script_of('cluster', values),
    )

    // Per sample, all that its seeds, alphas and resolutions gave; the first seed and alpha are shown as X_spacon.
    histories = in_order(TRAIN.out.history.map { sample, seed, file -> [sample, seeds.indexOf(seed), file] }, seeds.size())
    clusterings = in_order(
        CLUSTER.out.clustering.map { sample, file -> [sample, file.name, file] },
        seeds.size() * alphas.size() * resolutions.size(),
    )
    shown_embedding = embeddings
        .filter { _sample, seed, _embedding -> seed == seeds[0] }
        .map { sample, _seed, embedding -> [sample, embedding] }
    shown_mixes = in_order(
        mixes
            .filter { _sample, seed, _alpha, _fused -> seed == seeds[0] }
            .map { sample, _seed, alpha, fused -> [sample, alphas.indexOf(alpha), fused] },
        alphas.size(),
    )
    notes = VALIDATE.out.notes.join(SPATIAL_GRAPH.out.notes).join(CONNECTION_GRAPH.out.notes) // [sample, notes_*.txt x 3]

    EVALUATE(
        inputs.join(histories).join(shown_embedding).join(shown_mixes).join(clusterings).join(notes)
            .join(need(summaries, 'evaluate')),
        about(values),
        script_of('evaluate', values),
    )
    say_notes(VALIDATE.out.notes.mix(SPATIAL_GRAPH.out.notes, CONNECTION_GRAPH.out.notes, EVALUATE.out.notes))
    REPORT(
        EVALUATE.out.results.join(graphs).join(histories).join(summaries).join(CONNECTION_GRAPH.out.summary)
            .join(EVALUATE.out.notes).join(need(summaries, 'report')),
        about(values),
        notebook_of('report'),
    )
    finished = REPORT.out.html.join(EVALUATE.out.metrics).map { sample, _html, metrics -> [sample, metrics] }
    OVERVIEW(
        finished.toSortedList { one, other -> one[0] <=> other[0] }.map { found -> [found] }
            .combine(samples.map { sample, _expression, _connectivity -> sample }.toList().map { names -> [names] })
            .map { found, names -> outcome(found, names) },
        about(values),
        notebook_of('overview'),
    )

    emit:
    finished
    versions = VALIDATE.out.versions.mix(
        PREPROCESS.out.versions, SPATIAL_GRAPH.out.versions, CONNECTION_GRAPH.out.versions, TRAIN.out.versions,
        EMBED.out.versions, FUSE.out.versions, CLUSTER.out.versions, EVALUATE.out.versions, REPORT.out.versions,
        OVERVIEW.out.versions,
    )
}

workflow {
    if (!params.help) {
        failed_file(from_home(params.outdir)).delete() // of an earlier run
    }
    def values = checked_parameters(params)
    def finished = []
    if (values.help) {
        log.info(help_text())
    }
    else {
        check_environment(values)
        if (values.example == 'celegans') {
            CELEGANS(file("${projectDir}/containers/celegans.lock"), script_of('celegans', values))
            samples = CELEGANS.out.sample
        }
        else if (values.example == 'cortex') {
            CORTEX(script_of('cortex', values))
            samples = CORTEX.out.sample
        }
        else {
            samples = channel.fromList(samples_of(values.input))
        }
        SPACON(samples, values)
        SPACON.out.finished.subscribe { sample, _metrics -> finished << sample }

        def pipeline_info = "${values.outdir}/pipeline_info"
        SPACON.out.versions
            .map { versions -> versions.text }
            .unique()
            .collectFile(name: 'versions.yml', storeDir: pipeline_info, sort: { text -> text })
        channel.of(groovy.json.JsonOutput.prettyPrint(about(values)[0]))
            .collectFile(name: 'params.json', storeDir: pipeline_info, newLine: true)
    }

    workflow.onComplete = {
        if (!values.help) {
            closing(values.outdir, finished.size())
        }
    }
}
