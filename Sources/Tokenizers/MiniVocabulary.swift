import Files
import FoundationEssentials
import JSON

/// Makes the small tokenizers of the mini models from a list of words, in the file formats of the
/// real ones, so that both scales run the same code.
///
/// The same words give the same bytes. Words are taken in the order given; repeats are ignored.
public struct MiniVocabulary: Sendable {
  /// The special tokens of the byte-level BPE, in the order of their ids.
  public static let specialTokens = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
    "<|image_pad|>", "<|video_pad|>",
  ]

  public let words: [String]

  public init(words: [String]) {
    var seen: Set<String> = []
    self.words = words.filter { !$0.isEmpty && seen.insert($0).inserted }
  }

  // MARK: - Byte-level BPE

  /// The tokenizer that ``writeBytePair(to:)`` stores.
  public func bytePairTokenizer() throws -> BytePairTokenizer {
    let (tokens, merges) = try bytePairs()
    let specials = Self.specialTokens.enumerated().map {
      AddedToken(content: $1, id: tokens.count + $0, isSpecial: true)
    }
    return BytePairTokenizer(
      model: try Self.model(tokens, merges), added: specials)
  }

  /// Writes `vocab.json`, `merges.txt` and `tokenizer_config.json` to a directory, which is created
  /// if it is missing.
  ///
  /// Ids 0 to 255 are the bytes, so that any text can be written; then come the words and the
  /// parts they are merged from, then the special tokens. Every word becomes one token at the
  /// start of a text and after a space, unless Qwen2's rules cut it (at digits, at an inner
  /// hyphen); then each of its parts does.
  public func writeBytePair(to directory: String) throws {
    let (tokens, merges) = try bytePairs()
    let vocabulary = JSONValue(
      members: tokens.enumerated().map { (ByteAlphabet.token(of: $1), .int($0)) })
    let lines = merges.map { left, right in
      ByteAlphabet.token(of: left) + " " + ByteAlphabet.token(of: right) + "\n"
    }
    let decoder = Self.specialTokens.enumerated().map { index, content -> (String, JSONValue) in
      let entry: JSONValue = [
        "content": .string(content), "lstrip": false, "normalized": false, "rstrip": false,
        "single_word": false, "special": true,
      ]
      return (String(tokens.count + index), entry)
    }
    let configuration: JSONValue = [
      "add_prefix_space": false,
      "added_tokens_decoder": JSONValue(members: decoder),
      "additional_special_tokens": .array(Self.specialTokens.dropFirst().map(JSONValue.string)),
      "bos_token": nil, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>",
      "unk_token": nil, "errors": "replace", "split_special_tokens": false,
      "tokenizer_class": "Qwen2Tokenizer",
    ]
    try Self.write(
      [
        ("vocab.json", try vocabulary.serialized(pretty: true)),
        ("merges.txt", "#version: 0.2\n" + lines.joined()),
        ("tokenizer_config.json", try configuration.serialized(pretty: true)),
      ], to: directory)
  }

  /// Tokens in the order of their ids, and merges in the order of their ranks.
  ///
  /// A word is cut with the merges there are, and its first two pieces get a merge of their own,
  /// until one piece is left. Since a new merge ranks after all others, words that are already
  /// one token stay so.
  private func bytePairs() throws -> ([[UInt8]], [(left: [UInt8], right: [UInt8])]) {
    var tokens: [[UInt8]] = (UInt8.min...UInt8.max).map { [$0] }
    var ranks: [[[UInt8]]: Int] = [:]
    var merges: [(left: [UInt8], right: [UInt8])] = []
    var known = Set(tokens)
    for word in words {
      for text in [word, " " + word] {
        let bytes = AlignedText(Array(text.utf8)).composed().bytes
        for range in WordPattern.qwen2.split(bytes[...]) {
          var pieces = bytes[range].map { [$0] }
          while true {
            Self.merge(&pieces, ranks)
            guard pieces.count > 1 else { break }
            let joined = pieces[0] + pieces[1]
            ranks[[pieces[0], pieces[1]]] = merges.count
            merges.append((pieces[0], pieces[1]))
            if known.insert(joined).inserted { tokens.append(joined) }
          }
        }
      }
    }
    return (tokens, merges)
  }

  /// Applies merges, the earliest rank first, until none applies.
  private static func merge(_ pieces: inout [[UInt8]], _ ranks: [[[UInt8]]: Int]) {
    while pieces.count > 1 {
      let candidates = (0..<pieces.count - 1).compactMap { left in
        ranks[[pieces[left], pieces[left + 1]]].map { (rank: $0, left: left) }
      }
      guard let best = candidates.min(by: { $0 < $1 }) else { return }
      pieces[best.left] += pieces.remove(at: best.left + 1)
    }
  }

  private static func model(
    _ tokens: [[UInt8]], _ merges: [(left: [UInt8], right: [UInt8])]
  ) throws -> BytePairModel {
    let vocabulary = BytePairVocabulary(
      Dictionary(uniqueKeysWithValues: tokens.enumerated().map { ($1, $0) }))
    return try BytePairFiles.model(vocabulary, merges, file: "<mini vocabulary>")
  }

  // MARK: - Unigram

  /// The tokenizer that ``writeUnigram(to:)`` stores.
  public func unigramTokenizer() throws -> any Tokenizer {
    let name = "<mini vocabulary>"
    return try TokenizerFile(JSONNode(unigramFile(), path: name), path: name)
      .tokenizer(directory: nil)
  }

  /// Writes a T5-style `tokenizer.json` to a directory, which is created if it is missing.
  ///
  /// Ids: `<pad>` 0, `</s>` 1, `<unk>` 2, `▁` 3, then `▁word` for each word, then the printable
  /// ASCII characters and whatever other characters the words hold. A listed word after a space
  /// is one piece, any other word is spelled.
  public func writeUnigram(to directory: String) throws {
    let configuration: JSONValue = [
      "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>", "extra_ids": 0,
      "tokenizer_class": "T5Tokenizer",
    ]
    try Self.write(
      [
        ("tokenizer.json", try unigramFile().serialized(pretty: true)),
        ("tokenizer_config.json", try configuration.serialized(pretty: true)),
      ], to: directory)
  }

  private func unigramFile() -> JSONValue {
    let wordScore = -5.0
    let characterScore = -10.0
    let specials = ["<pad>", "</s>", "<unk>"]
    var scores: [(String, Double)] = specials.map { ($0, 0) } + [("▁", characterScore)]
    var seen: Set<String> = ["▁"]
    for word in words where seen.insert("▁" + word).inserted {
      scores.append(("▁" + word, wordScore))
    }
    let printable = (0x21...0x7E).compactMap(Unicode.Scalar.init)
    for scalar in printable + words.flatMap(\.unicodeScalars)
    where !scalar.properties.isWhitespace {
      let piece = String(Character(scalar))
      if seen.insert(piece).inserted { scores.append((piece, characterScore)) }
    }
    let mark: [(String, JSONValue)] = [
      ("type", "Metaspace"), ("replacement", "▁"), ("prepend_scheme", "always"), ("split", true),
    ]
    return [
      "version": "1.0", "truncation": nil, "padding": nil,
      "added_tokens": .array(
        specials.enumerated().map { id, content in
          [
            "id": .int(id), "content": .string(content), "single_word": false, "lstrip": false,
            "rstrip": false, "normalized": false, "special": true,
          ]
        }),
      "normalizer": nil,
      "pre_tokenizer": [
        "type": "Sequence",
        "pretokenizers": [["type": "WhitespaceSplit"], JSONValue(members: mark)],
      ],
      "post_processor": [
        "type": "TemplateProcessing",
        "single": [
          ["Sequence": ["id": "A", "type_id": 0]], ["SpecialToken": ["id": "</s>", "type_id": 0]],
        ],
        "pair": [
          ["Sequence": ["id": "A", "type_id": 0]], ["SpecialToken": ["id": "</s>", "type_id": 0]],
          ["Sequence": ["id": "B", "type_id": 0]], ["SpecialToken": ["id": "</s>", "type_id": 0]],
        ],
        "special_tokens": ["</s>": ["id": "</s>", "ids": [1], "tokens": ["</s>"]]],
      ],
      "decoder": JSONValue(members: mark),
      "model": [
        "type": "Unigram", "unk_id": 2,
        "vocab": .array(scores.map { [.string($0), .double($1)] }), "byte_fallback": false,
      ],
    ]
  }

  private static func write(_ files: [(name: String, text: String)], to directory: String) throws {
    try Folders.make(directory)
    for (name, text) in files { try WholeFile.write(text: text, to: "\(directory)/\(name)") }
  }
}
