import Files
import FoundationEssentials

/// Turns text into the token ids a language model reads, and back.
public protocol Tokenizer: Sendable {
  /// One more than the largest id, that is, the rows an embedding table needs.
  var vocabularySize: Int { get }

  /// The tokens of a text. Special tokens written in the text (`<|im_start|>`) are recognised.
  /// - Parameter addSpecialTokens: whether to add what the model expects around every text,
  ///   such as T5's closing `</s>`.
  func encode(_ text: String, addSpecialTokens: Bool) -> Encoding

  /// The text of token ids. Bytes that are not UTF-8 become U+FFFD; unknown ids are left out.
  func decode(_ ids: [Int], skipSpecialTokens: Bool) -> String

  /// The id of a token as its vocabulary file spells it, such as `<|image_pad|>` or `Ġworld`.
  func id(of token: String) -> Int?

  /// How the vocabulary file spells a token.
  func token(of id: Int) -> String?
}

extension Tokenizer {
  public func encode(_ text: String) -> Encoding { encode(text, addSpecialTokens: true) }
  public func decode(_ ids: [Int]) -> String { decode(ids, skipSpecialTokens: false) }
}

/// The tokens of one text; the three arrays have the same length.
public struct Encoding: Hashable, Sendable {
  public internal(set) var ids: [Int] = []
  /// Where each token comes from: bytes of the text's UTF-8. A token that begins a word covers
  /// the space before it; the parts of a split character that normalisation changed cover all
  /// of it; a token that was added covers nothing.
  public internal(set) var spans: [Range<Int>] = []
  /// Whether each token is a special one, written in the text or added.
  public internal(set) var isSpecial: [Bool] = []

  public init() {}

  public var count: Int { ids.count }

  mutating func append(_ id: Int, _ span: Range<Int>, isSpecial: Bool = false) {
    ids.append(id)
    spans.append(span)
    self.isSpecial.append(isSpecial)
  }
}

/// Why tokenizer files do not serve.
public enum TokenizerError: Error, Hashable, Sendable, CustomStringConvertible {
  case noFiles(directory: String)
  case malformed(file: String, reason: String)
  /// The file asks for something that is not implemented, so that ids would differ silently.
  case unsupported(file: String, what: String)

  public var description: String {
    switch self {
    case .noFiles(let directory):
      "\(directory): no tokenizer files; expected tokenizer.json, vocab.json with merges.txt, or "
        + "spiece.model"
    case .malformed(let file, let reason): "\(file): \(reason)"
    case .unsupported(let file, let what):
      "\(file): \(what) is not supported; supported are byte-level BPE (Qwen2) and unigram (T5) "
        + "tokenizers"
    }
  }
}

extension TokenizerError {
  /// The bytes of one of a tokenizer's files.
  static func bytes(of file: String) throws(TokenizerError) -> Data {
    do throws(FileFault) {
      return try RegularFile.read(file)
    } catch {
      throw TokenizerError.malformed(file: file, reason: "cannot read the file: \(error.reason)")
    }
  }
}
