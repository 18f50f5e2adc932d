// Spots of each sample as one h5ad: as they were brought, or from several files, or aligned to places.

include { ASSEMBLE                             } from '../processes/assemble'
include { bytes_of ; needs_assembly ; stamp_of } from '../functions/files'

workflow ASSEMBLY {
    take:
    samples // [sample, files by role]
    plan

    main:
    several = samples.filter { _sample, files -> needs_assembly(files, plan.align) }
    ASSEMBLE(
        several.map { sample, files ->
            [sample, files.expression, files.spots, files.genes, files.places, files.surfaces, stamp_of(files), bytes_of(files.expression + files.spots)]
        },
        plan.code.assemble,
    )
    assembled = ASSEMBLE.out.spots.join(ASSEMBLE.out.assembly).join(several)
        .map { sample, spots, assembly, files -> [sample, spots, files.connectivity, files.surfaces, assembly] }

    emit:
    samples = samples.filter { _sample, files -> !needs_assembly(files, plan.align) }
        .map { sample, files -> [sample, files.expression[0], files.connectivity, files.surfaces, []] }
        .mix(assembled) // [sample, spots.h5ad, connectivity files, surfaces files, assembly.json or nothing]
    problems = ASSEMBLE.out.problem // [sample, problem.txt]
    unmatched = ASSEMBLE.out.unmatched // [sample, unmatched.csv] of those that were aligned
    versions = ASSEMBLE.out.versions
}
