extension AtomicFile {
  /// Creates or replaces a text file.
  public static func write(text: String, to path: String) throws {
    try write(to: path) { try $0.append(Array(text.utf8)) }
  }
}
