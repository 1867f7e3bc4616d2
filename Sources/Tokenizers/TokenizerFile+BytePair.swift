import JSON

extension TokenizerFile {
  /// A byte-level BPE with Qwen2's words.
  func bytePair(_ model: JSONNode, _ added: AddedTokens) throws -> BytePairTokenizer {
    for key in ["continuing_subword_prefix", "end_of_word_suffix"]
    where try !model.string(key, default: "").isEmpty {
      throw unsupported("\(key) in the model")
    }
    if try model.bool("byte_fallback", default: false) { throw unsupported("byte_fallback") }

    var composes = false
    for step in try steps("normalizer", members: "normalizers") {
      guard try step.string("type") == "NFC" else {
        throw unsupported("normalizer \(try step.string("type"))")
      }
      composes = true
    }
    try checkWordSplitter()

    let vocabulary = try BytePairFiles.vocabulary(model.object("vocab"), file: path)
    let merges = try model.array("merges").enumerated().map { index, entry in
      let halves =
        switch entry.value {
        case .string(let line): line.split(separator: " ").map(String.init)
        default: try entry.asArray().map { node throws(JSONError) in try node.asString() }
        }
      return try BytePairFiles.merge(halves, number: index + 1, file: path)
    }
    return try BytePairTokenizer(
      model: BytePairFiles.model(
        vocabulary, merges, prefersWholeWords: model.bool("ignore_merges", default: false),
        file: path),
      added: added, composes: composes, template: template())
  }

  private func checkWordSplitter() throws {
    var splits = false
    for step in try steps("pre_tokenizer", members: "pretokenizers") {
      switch try step.string("type") {
      case "Split":
        guard try step.object("pattern").string("Regex", default: "") == QwenWordSplitter.pattern,
          try step.string("behavior") == "Isolated",
          try !step.bool("invert", default: false)
        else { throw unsupported("a pre-tokenizer with another pattern than Qwen2's") }
        splits = true
      case "ByteLevel":
        guard try !step.bool("use_regex", default: true),
          try !step.bool("add_prefix_space", default: true)
        else { throw unsupported("a byte-level pre-tokenizer with GPT-2's pattern") }
      case let type: throw unsupported("pre-tokenizer \(type)")
      }
    }
    if !splits { throw unsupported("a BPE without Qwen2's pre-tokenizer") }
  }
}

/// Reading `vocab.json` and `merges.txt`.
enum BytePairFiles {
  /// The bytes of each token with its id.
  static func vocabulary(_ node: JSONNode, file: String) throws -> [[UInt8]: Int] {
    let members = try node.asObject()
    var result: [[UInt8]: Int] = [:]
    result.reserveCapacity(members.count)
    for (token, value) in members {
      guard let bytes = ByteAlphabet.bytes(of: token), !bytes.isEmpty else {
        throw TokenizerError.malformed(
          file: file, reason: "token \"\(token)\" is not spelled in the byte-level alphabet")
      }
      guard case .int(let id) = value, 0 <= id, id < 1 << 31 - 1 else {
        throw TokenizerError.malformed(file: file, reason: "token \"\(token)\" has no valid id")
      }
      result[bytes] = id
    }
    return result
  }

  /// The lines of `merges.txt`, ended by LF or CRLF.
  static func merges(
    _ text: [UInt8], file: String
  ) throws -> [(left: [UInt8], right: [UInt8])] {
    var result: [(left: [UInt8], right: [UInt8])] = []
    for (index, line) in text.split(separator: UInt8(ascii: "\n")).enumerated() {
      let body = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if body.isEmpty || body.starts(with: "#version".utf8) { continue }
      let halves = body.split(separator: UInt8(ascii: " ")).map {
        String(decoding: $0, as: UTF8.self)
      }
      result.append(try merge(halves, number: index + 1, file: file))
    }
    return result
  }

  static func merge(
    _ halves: [String], number: Int, file: String
  ) throws -> (left: [UInt8], right: [UInt8]) {
    guard halves.count == 2, let left = ByteAlphabet.bytes(of: halves[0]),
      let right = ByteAlphabet.bytes(of: halves[1])
    else {
      throw TokenizerError.malformed(
        file: file, reason: "merge \(number) is not two tokens of the byte-level alphabet")
    }
    return (left, right)
  }

  static func model(
    _ vocabulary: [[UInt8]: Int], _ merges: [(left: [UInt8], right: [UInt8])],
    prefersWholeWords: Bool = false, file: String
  ) throws -> BytePairModel {
    do {
      return try BytePairModel(
        vocabulary: vocabulary, merges: merges, prefersWholeWords: prefersWholeWords)
    } catch {
      throw TokenizerError.malformed(file: file, reason: error.reason)
    }
  }
}
