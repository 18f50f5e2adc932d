// What identifies a file: its SHA-256, 64 hexadecimal digits.

// Read by the megabyte.
def sha256_of(path) {
    def digest = java.security.MessageDigest.getInstance('SHA-256')
    path.withInputStream { stream -> stream.eachByte(1048576) { bytes, length -> digest.update(bytes, 0, length) } }
    digest.digest().encodeHex().toString()
}

// The lines of a task's .digests (conf/digests.config); none if the file is not whole.
def digest_lines(file) {
    def text = file.exists() ? file.getText('UTF-8') : ''
    def end = text.lastIndexOf('whole ')
    end >= 0 && text.substring(end) == "whole ${text.substring(0, end).sha256()}\n" ? text.readLines() : []
}

// [SHA-256, bytes, name] of each file that a task has written.
def files_in(lines) {
    lines.findAll { line -> line ==~ /[0-9a-f]{64}  \d+  .+/ }
        .collect { line -> line.split('  ', 3).toList() }
        .collect { digest, size, name -> [digest, size.toLong(), name] }
}
