#!/usr/bin/env nextflow

// SpaCon: brain areas that share both molecules and wiring, from spatial gene expression and connectivity.
//
//   SAMPLES   what the samplesheet names, or an example that is made
//   ASSEMBLY  assemble: one table of spots, where a sample comes as several files or is aligned to places
//   CHECKS    validate, then preprocess
//   GRAPHS    spatial_graph, connection_graph
//   MODEL     train, embed: once per seed
//   CLUSTERS  neighbors per seed and alpha, cluster at each resolution; layout (UMAP) per alpha, of the first seed
//   RESULTS   evaluate, surfaces, report; then overview, the page of all samples
//   RECORD    crate: one file that says what the run was made from, and holds what it made

include { SAMPLES               } from './modules/workflows/samples'
include { ASSEMBLY              } from './modules/workflows/assembly'
include { CHECKS                } from './modules/workflows/checks'
include { GRAPHS                } from './modules/workflows/graphs'
include { MODEL                 } from './modules/workflows/model'
include { CLUSTERS              } from './modules/workflows/clusters'
include { RESULTS               } from './modules/workflows/results'
include { RECORD                } from './modules/workflows/record'
include { checked_parameters ; checked_samples } from './modules/functions/parameters'
include { help_text             } from './modules/functions/help'
include { check_environment     } from './modules/functions/environment'
include { plan_of               } from './modules/functions/plan'
include { forget_altered        } from './modules/functions/digests'
include { say_notes             } from './modules/functions/channels'
include { closing ; failed_file } from './modules/functions/failures'

workflow SPACON {
    take:
    plan // a map: modules/functions/plan.nf

    main: // beside each call, the emission that the next ones need most
    SAMPLES(plan) // [sample, files by role]
    ASSEMBLY(SAMPLES.out.samples, plan) // [sample, spots.h5ad, connectivity files, surfaces files, assembly.json]
    CHECKS(ASSEMBLY.out.samples, ASSEMBLY.out.problems, plan) // [sample, preprocessed.h5ad]
    GRAPHS(CHECKS.out.preprocessed, CHECKS.out.connectivities, CHECKS.out.summaries, plan) // [sample, spatial_graph.npz, connection_graph.npz]
    MODEL(CHECKS.out.preprocessed, GRAPHS.out.graphs, CHECKS.out.summaries, plan) // [sample, seed, embedding.npz]
    CLUSTERS(MODEL.out.embeddings, CHECKS.out.preprocessed, CHECKS.out.summaries, plan) // [sample, [clustering.npz, ...]]

    shown_embeddings = MODEL.out.embeddings
        .filter { _sample, seed, _embedding -> seed == plan.seeds[0] }
        .map { sample, _seed, embedding -> [sample, embedding] }
    RESULTS(
        // [sample, preprocessed, spatial graph, connection graph, histories, embedding, mix, layouts, clusterings, notes x 3]
        CHECKS.out.preprocessed
            .join(GRAPHS.out.graphs).join(MODEL.out.histories).join(shown_embeddings)
            .join(CLUSTERS.out.mix_and_layouts).join(CLUSTERS.out.clusterings)
            .join(CHECKS.out.notes).join(GRAPHS.out.spatial_notes).join(GRAPHS.out.connection_notes),
        CHECKS.out.summaries,
        GRAPHS.out.connection_summaries,
        SAMPLES.out.samples,
        plan,
    ) // [sample, metrics.csv]
    say_notes(CHECKS.out.notes.mix(GRAPHS.out.spatial_notes, GRAPHS.out.connection_notes, RESULTS.out.notes))

    if (!plan.ends_after_checks) {
        RECORD(
            SAMPLES.out.samples,
            MODEL.out.published.mix(RESULTS.out.published),
            ASSEMBLY.out.unmatched.join(CHECKS.out.preprocessed), // of samples that passed the checks
            SAMPLES.out.versions.mix(
                ASSEMBLY.out.versions, CHECKS.out.versions, GRAPHS.out.versions, MODEL.out.versions, CLUSTERS.out.versions, RESULTS.out.versions
            ),
            CHECKS.out.summaries,
            RESULTS.out.failed,
            plan,
        )
    }

    emit:
    finished = RESULTS.out.finished
}

workflow {
    def values = checked_parameters(params)
    def finished = []
    if (values.help) {
        log.info(help_text())
    }
    else {
        check_environment(values)
        if (!values.plan) { // which writes nothing
            forget_altered()
            failed_file(values.outdir).delete() // of an earlier run
        }
        def plan = plan_of(values, values.input ? checked_samples(params) : [])
        SPACON(plan)
        SPACON.out.finished.subscribe { sample, _metrics -> finished << sample }
    }

    workflow.onComplete = {
        if (!values.help && !values.plan) {
            closing(values.outdir, finished.size())
        }
    }
}
