import JSON

/// A `tokenizer.json`, the one-file form of the `tokenizers` library.
///
/// What the file asks for and this module does not do is an error, never ignored: ids that are
/// almost right are worse than none.
struct TokenizerFile {
  let path: String
  let root: JSONNode

  init(_ path: String) throws(JSONError) {
    self.init(try JSONNode(contentsOfFile: path), path: path)
  }

  /// - Parameter path: what to call the document in messages.
  init(_ root: JSONNode, path: String) {
    self.root = root
    self.path = path
  }

  /// - Parameter directory: where to look for added tokens that the file lacks.
  func tokenizer(directory: String?) throws -> any Tokenizer {
    guard case .object? = root.value["model"] else {
      throw TokenizerError.malformed(
        file: path,
        reason: "not a tokenizer.json (no \"model\" object); pass the tokenizer directory or its "
          + "tokenizer.json")
    }
    var tokens = try (root.find("added_tokens")?.asArray() ?? []).map { entry in
      try AddedToken(entry, id: entry.int("id"))
    }
    if let directory { tokens = try AddedTokens.read(directory: directory, tokens: tokens) }
    let model = try root.object("model")
    // Files older than 2020 have no type; their models are BPE.
    switch try model.string("type", default: "BPE") {
    case "BPE": return try bytePair(model, tokens)
    case "Unigram": return try unigram(model, tokens)
    case let type: throw unsupported("model type \(type)")
    }
  }

  func unsupported(_ what: String) -> TokenizerError { .unsupported(file: path, what: what) }

  /// The members of a `Sequence`, or the one step there is, or nothing for null.
  func steps(_ key: String, members: String) throws -> [JSONNode] {
    guard let node = try root.find(key) else { return [] }
    let steps = try flatten(node, members: members)
    guard steps.count <= TokenizerLimits.steps else {
      throw unsupported("\(key) with \(steps.count) steps (at most \(TokenizerLimits.steps))")
    }
    return steps
  }

  private func flatten(_ node: JSONNode, members: String) throws -> [JSONNode] {
    guard try node.string("type") == "Sequence" else { return [node] }
    return try node.array(members).flatMap { try flatten($0, members: members) }
  }

  /// The ids around a single text.
  func template() throws -> SpecialTokenTemplate {
    var template = SpecialTokenTemplate()
    for processor in try steps("post_processor", members: "processors") {
      switch try processor.string("type") {
      case "ByteLevel": continue
      case "TemplateProcessing":
        let special = try processor.object("special_tokens")
        var seenText = false
        for part in try processor.array("single") {
          if try part.find("Sequence") != nil {
            seenText = true
            continue
          }
          let name = try part.object("SpecialToken").string("id")
          let ids = try special.object(name).array("ids").map { try TokenizerLimits.id($0) }
          guard ids.count <= TokenizerLimits.pieceBytes else {
            throw unsupported("special token \(name) with \(ids.count) ids")
          }
          if seenText { template.after += ids } else { template.before += ids }
        }
      case let type: throw unsupported("post-processor \(type)")
      }
    }
    return template
  }
}
