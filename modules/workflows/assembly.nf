// Spots of each sample as one h5ad: as they were brought, or from several files, or aligned to places.

include { ASSEMBLE                             } from '../processes/assemble'
include { bytes_of ; needs_assembly ; stamp_of } from '../functions/files'
include { with_options                         } from '../functions/channels'

workflow ASSEMBLY {
    take:
    samples // [sample, files by role]
    plan

    main:
    several = samples.filter { sample, files -> needs_assembly(files, align_of(sample, plan)) }
    stamped = several.map { sample, files ->
        [sample, files.expression, files.spots, files.genes, files.places, files.surfaces, stamp_of(files), bytes_of(files.expression + files.spots)]
    }
    ASSEMBLE(with_options(stamped, plan, 'assemble'), plan.code.assemble)
    assembled = ASSEMBLE.out.spots.join(ASSEMBLE.out.assembly).join(several)
        .map { sample, spots, assembly, files -> [sample, spots, files.connectivity, files.surfaces, assembly] }

    emit:
    samples = samples.filter { sample, files -> !needs_assembly(files, align_of(sample, plan)) }
        .map { sample, files -> [sample, files.expression[0], files.connectivity, files.surfaces, []] }
        .mix(assembled) // [sample, spots.h5ad, connectivity files, surfaces files, assembly.json or nothing]
    problems = ASSEMBLE.out.problem // [sample, problem.txt]
    unmatched = ASSEMBLE.out.unmatched // [sample, unmatched.csv] of those that were aligned
    versions = ASSEMBLE.out.versions
}

// What the cells of a sample become.
def align_of(sample, plan) {
    plan.own[sample]?.align ?: plan.align
}
