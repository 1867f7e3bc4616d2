import Foundation
import JSON

extension TokenizerFile {
  /// A unigram model with T5's treatment of spaces.
  func unigram(_ model: JSONNode, _ added: [AddedToken]) throws -> UnigramTokenizer {
    let pieces = try model.array("vocab").map { entry in
      let pair = try entry.asArray()
      guard pair.count == 2 else {
        throw TokenizerError.malformed(
          file: path, reason: "\(entry.path) is not a pair of piece and score")
      }
      return try UnigramModel.Piece(
        bytes: Array(TokenizerLimits.piece(pair[0].asString(), entry.path).utf8),
        score: Self.score(pair[1].asDouble()))
    }
    let unknownID = try model.int("unk_id")
    guard pieces.indices.contains(unknownID) else {
      throw TokenizerError.malformed(file: path, reason: "unk_id \(unknownID) is not a piece")
    }
    return UnigramTokenizer(
      model: UnigramModel(
        pieces, unknownID: unknownID, precision: .double,
        spellsBytes: try model.bool("byte_fallback", default: false)),
      frontEnd: try frontEnd(), added: added, template: try template(),
      decoder: try decoder())
  }

  /// A score as the library's reader of JSON (serde_json) has it.
  ///
  /// That takes the digits for one integer and multiplies or divides by a power of ten, which
  /// rounds twice: a quarter of T5's scores come out one unit in the last place beside the number
  /// nearest to the text. Where ways to cut a text tie, that decides between them.
  private static func score(_ exact: Double) -> Double {
    // The shortest text that gives the number, which is how such files are written.
    let text = "\(exact.magnitude)"
    let parts = text.split(separator: "e")
    let digits = parts[0].split(separator: ".")
    guard let integer = UInt64(digits.joined()) else { return exact }
    let fraction = digits.count > 1 ? digits[1].count : 0
    let exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) - fraction
    guard powersOfTen.indices.contains(abs(exponent)) else { return exact }
    let power = powersOfTen[abs(exponent)]
    let magnitude = exponent < 0 ? Double(integer) / power : Double(integer) * power
    return exact.sign == .minus ? -magnitude : magnitude
  }

  private static let powersOfTen: [Double] = (0...308).compactMap { Double("1e\($0)") }

  private func decoder() throws -> UnigramTokenizer.Decoder {
    let steps = try steps("decoder", members: "decoders")
    guard let step = steps.first else {
      return UnigramTokenizer.Decoder(mark: nil, leading: .nothing)
    }
    guard steps.count == 1, try step.string("type") == "Metaspace" else {
      let types = try steps.map { try $0.string("type") }.joined(separator: ", ")
      throw unsupported("decoder \(types) with a unigram model")
    }
    let metaspace = try metaspace(step)
    return UnigramTokenizer.Decoder(
      mark: metaspace.mark, leading: metaspace.prefix == .never ? .nothing : .firstToken)
  }

  private func frontEnd() throws -> UnigramFrontEnd {
    var frontEnd = UnigramFrontEnd()
    frontEnd.steps = try steps("normalizer", members: "normalizers").map(normalization)
    var growth = 1
    for step in frontEnd.steps {
      switch step {
      case .replace(let pattern, let replacement):
        growth *= max(1, replacement.utf8.count / pattern.utf8.count)
      case .replaceSpaces(let replacement): growth *= max(1, replacement.utf8.count / 2)
      default: continue
      }
      guard growth <= TokenizerLimits.growth else {
        throw unsupported("replacements that make text \(growth) times longer")
      }
    }
    for step in try steps("pre_tokenizer", members: "pretokenizers") {
      switch try step.string("type") {
      case "WhitespaceSplit" where frontEnd.metaspace == nil: frontEnd.splitsAtWhitespace = true
      case "Metaspace" where frontEnd.metaspace == nil: frontEnd.metaspace = try metaspace(step)
      case let type: throw unsupported("pre-tokenizer \(type) at this position")
      }
    }
    return frontEnd
  }

  private func metaspace(_ step: JSONNode) throws -> UnigramFrontEnd.Metaspace {
    var metaspace = UnigramFrontEnd.Metaspace()
    metaspace.mark = Array(
      try TokenizerLimits.piece(step.string("replacement", default: "▁"), step.path).utf8)
    metaspace.splits = try step.bool("split", default: true)
    let legacy = try step.bool("add_prefix_space", default: true) ? "always" : "never"
    switch try step.string("prepend_scheme", default: legacy) {
    case "always": metaspace.prefix = .always
    case "first": metaspace.prefix = .atTextStart
    case "never": metaspace.prefix = .never
    case let scheme: throw unsupported("prepend_scheme \(scheme)")
    }
    guard !metaspace.mark.isEmpty else { throw unsupported("Metaspace with an empty replacement") }
    return metaspace
  }

  private func normalization(_ step: JSONNode) throws -> UnigramFrontEnd.Step {
    switch try step.string("type") {
    case "NFC": return .compose
    case "Precompiled":
      guard let blob = Data(base64Encoded: try step.string("precompiled_charsmap")),
        let map = CharacterMap([UInt8](blob))
      else {
        throw TokenizerError.malformed(
          file: path, reason: "precompiled_charsmap is not a valid table of replacements")
      }
      return .mapClusters(map)
    case "Strip":
      return .strip(
        left: try step.bool("strip_left", default: true),
        right: try step.bool("strip_right", default: true))
    case "Replace":
      let pattern = try step.object("pattern")
      let content = try TokenizerLimits.piece(step.string("content"), step.path)
      if let literal = try pattern.find("String")?.asString(), !literal.isEmpty {
        return .replace(try TokenizerLimits.piece(literal, step.path), with: content)
      }
      if try pattern.string("Regex", default: "") == " {2,}" {
        return .replaceSpaces(with: content)
      }
      throw unsupported("a Replace normalizer with this pattern")
    case let type: throw unsupported("normalizer \(type)")
    }
  }
}
