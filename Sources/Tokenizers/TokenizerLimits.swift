import JSON

/// What a tokenizer's files may say at most. Beyond it lies no vocabulary that anybody trained, but
/// times and texts that grow with the product of the file and the input.
enum TokenizerLimits {
  /// Ids of tokens are numbers of 31 bits, as in the reference library's tensors.
  static let ids = 0..<(1 << 31 - 1)
  /// Bytes of a piece, of an added token, or of what a normaliser looks for or writes: at every
  /// place of a text so many are compared.
  static let pieceBytes = 1024
  /// Steps of a normaliser or another part.
  static let steps = 64
  /// How many times longer all replacements together may make a text.
  static let growth = 4096
  /// `<extra_id_0>` and so on.
  static let extraTokens = 0...1_000_000

  /// The id of a token, at its place in a document.
  static func id(_ node: JSONNode) throws(JSONError) -> Int { try id(node.asInt(), node.path) }

  static func id(_ id: Int, _ path: String) throws(JSONError) -> Int {
    guard ids.contains(id) else {
      throw .mismatch(
        path: path, expected: "a token id from 0 to \(ids.upperBound - 1)", found: "\(id)")
    }
    return id
  }

  /// A text that is looked for or written at every place.
  static func piece(_ text: String, _ path: String) throws(JSONError) -> String {
    guard text.utf8.count <= pieceBytes else {
      throw .mismatch(
        path: path, expected: "at most \(pieceBytes) bytes of text", found: "\(text.utf8.count)")
    }
    return text
  }
}
