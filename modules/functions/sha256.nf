// What identifies a file: its SHA-256, 64 hexadecimal digits, read by the megabyte.
def sha256_of(path) {
    def digest = java.security.MessageDigest.getInstance('SHA-256')
    path.withInputStream { stream -> stream.eachByte(1048576) { bytes, length -> digest.update(bytes, 0, length) } }
    digest.digest().encodeHex().toString()
}
