import FoundationEssentials
import JSON

/// Finds and loads the tokenizer of a model directory.
public enum TokenizerLoader {
  /// The tokenizer of a directory, from the first of these that exists:
  /// - `tokenizer.json`,
  /// - `vocab.json` with `merges.txt` (Qwen2; line ends LF or CRLF),
  /// - `spiece.model` (T5; texts end with `</s>`),
  /// - the same in the subdirectory `tokenizer`, as in a diffusion pipeline.
  ///
  /// Added tokens come from `tokenizer_config.json` and `added_tokens.json` in the same directory.
  public static func load(directory: String) throws -> any Tokenizer {
    func has(_ name: String) -> Bool {
      FileManager.default.fileExists(atPath: "\(directory)/\(name)")
    }
    if has("tokenizer.json") {
      return try TokenizerFile("\(directory)/tokenizer.json").tokenizer(directory: directory)
    }
    if has("vocab.json"), has("merges.txt") {
      return try loadBytePair(
        vocabulary: "\(directory)/vocab.json", merges: "\(directory)/merges.txt",
        addedTokensIn: directory)
    }
    if has("spiece.model") {
      return try loadT5(model: "\(directory)/spiece.model", addedTokensIn: directory)
    }
    if has("tokenizer") { return try load(directory: "\(directory)/tokenizer") }
    throw TokenizerError.noFiles(directory: directory)
  }

  /// A single `tokenizer.json`.
  public static func load(file: String) throws -> any Tokenizer {
    try TokenizerFile(file).tokenizer(directory: nil)
  }

  /// Qwen2's two files, wherever they are.
  public static func loadBytePair(
    vocabulary: String, merges: String, addedTokensIn directory: String? = nil
  ) throws -> BytePairTokenizer {
    let tokens = try directory.map { try AddedTokens.read(directory: $0) } ?? []
    let entries = try BytePairFiles.vocabulary(
      JSONNode(contentsOfFile: vocabulary), file: vocabulary)
    let data = try TokenizerError.bytes(of: merges)
    let pairs = try BytePairFiles.merges([UInt8](data), file: merges)
    return BytePairTokenizer(
      model: try BytePairFiles.model(entries, pairs, file: merges), added: tokens)
  }

  /// A bare SentencePiece unigram model: no added tokens.
  public static func loadSentencePiece(model: String) throws -> UnigramTokenizer {
    try sentencePiece(SentencePieceFile(file: model), [], SpecialTokenTemplate())
  }

  /// T5's SentencePiece model: `</s>` after each text, and `<extra_id_0>` to `<extra_id_99>`
  /// (as many as `extra_ids` in `tokenizer_config.json` says) after the pieces, in falling
  /// order.
  public static func loadT5(
    model: String, addedTokensIn directory: String? = nil
  ) throws -> UnigramTokenizer {
    let file = try SentencePieceFile(file: model)
    var tokens: [AddedToken] = []
    for (id, piece) in file.pieces.enumerated()
    where piece.kind == .control || piece.kind == .unknown {
      let content = String(decoding: piece.bytes, as: UTF8.self)
      tokens.append(AddedToken(content: content, id: id, isSpecial: true))
    }
    guard let end = tokens.first(where: { $0.content == "</s>" }) else {
      throw TokenizerError.malformed(file: model, reason: "no end-of-text piece </s>")
    }
    var extraCount = 100
    if let directory {
      tokens = try AddedTokens.read(directory: directory, tokens: tokens)
      let configuration = "\(directory)/tokenizer_config.json"
      if FileManager.default.fileExists(atPath: configuration) {
        extraCount = try JSONNode(contentsOfFile: configuration).int("extra_ids", default: 100)
        guard extraCount <= TokenizerLimits.extraTokens.upperBound else {
          throw TokenizerError.malformed(
            file: configuration,
            reason:
              "extra_ids is \(extraCount); at most \(TokenizerLimits.extraTokens.upperBound)")
        }
      }
    }
    let known = Set(tokens.map(\.content))
    for number in 0..<max(extraCount, 0) where !known.contains("<extra_id_\(number)>") {
      let id = file.pieces.count + extraCount - 1 - number
      tokens.append(AddedToken(content: "<extra_id_\(number)>", id: id, isSpecial: true))
    }
    return try sentencePiece(file, tokens, SpecialTokenTemplate(after: [end.id]))
  }

  private static func sentencePiece(
    _ file: SentencePieceFile, _ tokens: [AddedToken], _ template: SpecialTokenTemplate
  ) throws -> UnigramTokenizer {
    UnigramTokenizer(
      model: UnigramModel(
        file.pieces, unknownID: file.unknownID, precision: .single,
        spellsBytes: file.spellsBytes),
      frontEnd: UnigramFrontEnd(steps: [.sentencePiece(file.normalizer)]),
      added: tokens, template: template,
      decoder: UnigramTokenizer.Decoder(
        leading: file.normalizer.removesExtraSpaces
          ? .everyToken : file.normalizer.addsDummyPrefix ? .oneToken : .nothing,
        joinsBytes: true))
  }
}
