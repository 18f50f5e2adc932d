// The files that a user brought of a sample, by role; a file may be a folder.

// The columns of the samplesheet that name files, and how many files of a sample each may name.
def roles() {
    [expression: 1, connectivity: 2, spots: 100, genes: 1, places: 1, surfaces: 4]
}

// Whether the spots have to be put together before they can be looked at.
def needs_assembly(files, align) {
    def expression = files.expression[0]
    align != 'none' || files.spots || files.genes || files.places || expression.isDirectory() || !expression.name.toLowerCase().endsWith('.h5ad')
}

// What tells whether files were changed: their paths and sizes count already, but for those in a folder.
def stamp_of(files) {
    times_of(files.values().flatten())
}

// When files were last changed; of a folder, also what is in it.
def times_of(files) {
    files.collectMany { found -> inside(found).collect { file -> found.isDirectory() ? "${file} ${file.size()} ${file.lastModified()}" : file.lastModified() } }
        .sort().join(' ')
}

// How many bytes there are to read; pictures in a vendor's folder are not read.
def bytes_of(files) {
    files.collectMany { found -> inside(found) }.findAll { file -> !(file.name ==~ /(?i).*\.(tiff?|png|jpe?g|html|mp4)/) }
        .collect { file -> file.size() }.sum() ?: 0
}

// The files in a folder, and in those within it; a file itself.
def inside(found) {
    found.isDirectory() ? found.listFiles().toList().collectMany { inner -> inside(inner) } : [found]
}
