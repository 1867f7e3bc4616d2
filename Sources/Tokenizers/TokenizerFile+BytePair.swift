import JSON

extension TokenizerFile {
  /// A byte-level BPE with the words of Qwen2 or of GPT-2.
  func bytePair(_ model: JSONNode, _ added: [AddedToken]) throws -> BytePairTokenizer {
    for key in ["continuing_subword_prefix", "end_of_word_suffix"]
    where try !model.string(key, default: "").isEmpty {
      throw unsupported("\(key) in the model")
    }
    if try model.bool("byte_fallback", default: false) { throw unsupported("byte_fallback") }
    if try model.double("dropout", default: 0) > 0 { throw unsupported("dropout in the model") }

    var composes = false
    for step in try steps("normalizer", members: "normalizers") {
      guard try step.string("type") == "NFC" else {
        throw unsupported("normalizer \(try step.string("type"))")
      }
      composes = true
    }
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
        unknown: unknown(model, vocabulary), file: path),
      added: added, composes: composes, wordSteps: wordSteps(), template: template(),
      decodedSeparator: decodedSeparator())
  }

  private func unknown(
    _ model: JSONNode, _ vocabulary: BytePairVocabulary
  ) throws -> BytePairModel.Unknown? {
    guard let token = try model.find("unk_token")?.asString() else { return nil }
    guard let id = vocabulary.id(of: token) else {
      throw TokenizerError.malformed(
        file: path, reason: "model.unk_token \"\(token)\" is not in the vocabulary")
    }
    return BytePairModel.Unknown(id: id, isFused: try model.bool("fuse_unk", default: false))
  }

  private func wordSteps() throws -> [BytePairTokenizer.WordStep] {
    var result: [BytePairTokenizer.WordStep] = []
    var spellsBytes = false
    for step in try steps("pre_tokenizer", members: "pretokenizers") {
      let type = try step.string("type")
      if spellsBytes { throw unsupported("pre-tokenizer \(type) after ByteLevel") }
      switch type {
      case "Split":
        let pattern = try step.object("pattern")
        guard
          try pattern.find("Regex")?.asString() == WordPattern.qwen2Expression,
          try step.string("behavior") == "Isolated",
          try !step.bool("invert", default: false)
        else { throw unsupported("pre-tokenizer Split with a pattern other than Qwen2's") }
        result.append(.pattern(.qwen2))
      case "ByteLevel":
        if try step.bool("add_prefix_space", default: true) { result.append(.prefixSpace) }
        if try step.bool("use_regex", default: true) { result.append(.pattern(.gpt2)) }
        spellsBytes = true
      default: throw unsupported("pre-tokenizer \(type) with BPE")
      }
    }
    if !spellsBytes { throw unsupported("BPE without the pre-tokenizer ByteLevel") }
    return result
  }

  private func decodedSeparator() throws -> String? {
    let steps = try steps("decoder", members: "decoders")
    guard let step = steps.first else { return " " }
    guard steps.count == 1, try step.string("type") == "ByteLevel" else {
      let types = try steps.map { try $0.string("type") }.joined(separator: ", ")
      throw unsupported("decoder \(types) with BPE")
    }
    return nil
  }
}

/// Reading `vocab.json` and `merges.txt`.
enum BytePairFiles {
  /// The tokens with their ids.
  static func vocabulary(_ node: JSONNode, file: String) throws -> BytePairVocabulary {
    let members = try node.asObject()
    var result = BytePairVocabulary()
    result.reserveCapacity(members.count)
    for (token, value) in members {
      guard case .int(let id) = value, 0 <= id, id < 1 << 31 - 1 else {
        throw TokenizerError.malformed(file: file, reason: "token \"\(token)\" has no valid id")
      }
      if !token.isEmpty { result.add(token, id: id) }
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
        file: file, reason: "merge \(number) is not a pair of byte-level tokens")
    }
    return (left, right)
  }

  static func model(
    _ vocabulary: BytePairVocabulary, _ merges: [(left: [UInt8], right: [UInt8])],
    prefersWholeWords: Bool = false, unknown: BytePairModel.Unknown? = nil, file: String
  ) throws -> BytePairModel {
    do {
      return try BytePairModel(
        vocabulary: vocabulary, merges: merges, prefersWholeWords: prefersWholeWords,
        unknown: unknown)
    } catch {
      throw TokenizerError.malformed(file: file, reason: error.reason)
    }
  }
}
