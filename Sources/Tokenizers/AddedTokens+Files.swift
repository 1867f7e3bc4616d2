import FoundationEssentials
import JSON

extension AddedTokens {
  /// Added tokens from the small files beside a vocabulary: `tokenizer_config.json`
  /// (`added_tokens_decoder`) and, for those not in it, `added_tokens.json`.
  ///
  /// - Parameter tokens: those already known, which stay as they are.
  static func read(directory: String, tokens: [AddedToken] = []) throws -> [AddedToken] {
    var tokens = tokens
    // Bytes, for strings are equal here that differ in composition.
    var known = Set(tokens.map { Array($0.content.utf8) })
    let configuration = try file("\(directory)/tokenizer_config.json")
    if let decoder = try configuration?.find("added_tokens_decoder") {
      for key in try decoder.keys() {
        guard let id = Int(key), TokenizerLimits.ids.contains(id) else {
          throw TokenizerError.malformed(
            file: "\(directory)/tokenizer_config.json",
            reason: "added_tokens_decoder: \"\(key)\" is not a token id")
        }
        let token = try AddedToken(decoder.object(key), id: id)
        if known.insert(Array(token.content.utf8)).inserted { tokens.append(token) }
      }
    }
    if let contents = try file("\(directory)/added_tokens.json") {
      var special = try specialContents(configuration)
      special.formUnion(try specialContents(file("\(directory)/special_tokens_map.json")))
      for content in try contents.keys() where known.insert(Array(content.utf8)).inserted {
        let id = try TokenizerLimits.id(contents.require(content))
        _ = try TokenizerLimits.piece(content, contents.path)
        let isSpecial = special.contains(content)
        tokens.append(
          AddedToken(content: content, id: id, isSpecial: isSpecial, isNormalized: !isSpecial))
      }
    }
    return tokens.sorted { $0.id < $1.id }
  }

  private static func file(_ path: String) throws -> JSONNode? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return try JSONNode(contentsOfFile: path)
  }

  /// The tokens a configuration gives a role: `eos_token`, `additional_special_tokens`.
  private static func specialContents(_ node: JSONNode?) throws -> Set<String> {
    var result: Set<String> = []
    guard let node else { return result }
    for (key, member) in try node.asObject()
    where key.hasSuffix("_token") || key == "additional_special_tokens" {
      let candidates: [JSONValue] = if case .array(let all) = member { all } else { [member] }
      for candidate in candidates {
        switch candidate["content"] ?? candidate {
        case .string(let content): result.insert(content)
        default: continue
        }
      }
    }
    return result
  }
}

extension AddedToken {
  /// An entry of `added_tokens` or `added_tokens_decoder`.
  init(_ node: JSONNode, id: Int) throws(JSONError) {
    content = try TokenizerLimits.piece(node.string("content"), node.path)
    self.id = try TokenizerLimits.id(id, node.path)
    isSpecial = try node.bool("special", default: false)
    stripsLeft = try node.bool("lstrip", default: false)
    stripsRight = try node.bool("rstrip", default: false)
    isSingleWord = try node.bool("single_word", default: false)
    isNormalized = try node.bool("normalized", default: !isSpecial)
  }
}
