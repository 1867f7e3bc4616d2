/// A token that is looked for in the text before anything else, such as `<|im_start|>`.
struct AddedToken: Hashable, Sendable {
  var content: String
  var id: Int
  var isSpecial: Bool
  /// Whether the token swallows white space before and after it.
  var stripsLeft = false
  var stripsRight = false
  /// Whether it counts only where no word character touches it.
  var isSingleWord = false
  /// Whether it is looked for in normalised text, under its own normalised form.
  var isNormalized = false
}

/// The added tokens of one tokenizer.
///
/// They are found in two passes, as the reference library finds them: first those that are looked
/// for in the text as it is, and then, in what is left between them after normalisation, the
/// others.
struct AddedTokens: Sendable {
  let tokens: [AddedToken]
  /// Finds the tokens of the first pass.
  let raw: AddedTokenFinder
  /// Finds the tokens of the second pass.
  let normalized: AddedTokenFinder
  private let indexOfID: [Int: Int]
  private let indexOfContent: [String: Int]
  /// What decoding writes for each token: its form in normalised text, where it has one.
  private let decodedForms: [Int: [UInt8]]
  private let specialContents: Set<[UInt8]>

  /// - Parameter normalize: the tokenizer's normalisation, for tokens of the second pass.
  init(_ tokens: [AddedToken], normalize: (AlignedText) -> AlignedText = { $0 }) {
    let kept = tokens.filter { !$0.content.isEmpty }
    self.tokens = kept
    indexOfID = Dictionary(kept.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { $1 })
    indexOfContent = Dictionary(
      kept.enumerated().map { ($1.content, $0) }, uniquingKeysWith: { $1 })
    var forms: [Int: [UInt8]] = [:]
    for token in kept where token.isNormalized {
      forms[token.id] = normalize(AlignedText(Array(token.content.utf8))).bytes
    }
    decodedForms = forms
    specialContents = Set(kept.filter(\.isSpecial).map { Array($0.content.utf8) })
    raw = AddedTokenFinder(kept.filter { !$0.isNormalized }.map { ($0, Array($0.content.utf8)) })
    normalized = AddedTokenFinder(
      kept.filter(\.isNormalized).map { ($0, forms[$0.id] ?? Array($0.content.utf8)) })
  }

  subscript(id id: Int) -> AddedToken? { indexOfID[id].map { tokens[$0] } }
  subscript(content content: String) -> AddedToken? { indexOfContent[content].map { tokens[$0] } }

  /// What decoding writes for an added token; nil where special tokens are skipped and it is one.
  ///
  /// A special token is known by its content. The reference library compares that with the form
  /// it writes, so one that normalisation changes is not skipped.
  func decoded(_ token: AddedToken, skippingSpecial: Bool) -> [UInt8]? {
    let form = decodedForms[token.id] ?? Array(token.content.utf8)
    return skippingSpecial && specialContents.contains(form) ? nil : form
  }

  /// Walks through a text: added tokens with their places, and what is left between them in
  /// normalised form.
  func forEachPart(
    of bytes: [UInt8], normalize: (AlignedText) -> AlignedText,
    token: (AddedToken, Range<Int>) -> Void, text: (AlignedText) -> Void
  ) {
    for part in raw.split(bytes) {
      switch part {
      case .token(let found, let range): token(found, range)
      case .text(let range):
        let piece = normalize(AlignedText(bytes, range: range))
        for inner in normalized.split(piece.bytes) {
          switch inner {
          case .token(let found, let range): token(found, piece.origin(range))
          case .text(let range): text(range.count == piece.count ? piece : piece.slice(range))
          }
        }
      }
    }
  }
}
