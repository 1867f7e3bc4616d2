import Diagnostics
import Experiments
import Foundation
import MotionEnhancer
import Reporting
import ScriptInterpreter
import Tensors

/// One clip's prior with what MHS and MTTI choose in it.
struct PriorChoice {
  let handle: PriorHandle
  let prior: MotionPrior
  let selection: MotionSelection
  let keep: Double

  var heads: [Int] { selection.heads }
  var tokens: [Int] { selection.tokens }

  /// - Parameter value: priors, a single prior, or what `select_heads` gives
  init(_ value: any HandleValue, _ request: ViewRequest) throws {
    var heads: HeadSelection?
    switch value {
    case let single as PriorHandle: handle = single
    case let all as PriorsHandle:
      handle = PriorHandle(priors: all, clip: try all.data.clipIndex(request))
    case let selected as SelectedHeadsHandle:
      heads = selected.selection
      let all = selected.priors
      handle = PriorHandle(priors: all, clip: try all.data.clipIndex(request))
    default: throw CommandError("expected priors, got \(value.description)")
    }
    prior = try handle.prior()
    keep = request.keep
    selection = MotionSelection(
      prior, index: handle.clip, heads: heads ?? .motionSensitive(keep: keep),
      tokens: .motionSalient(keep: keep))
  }

  /// The tokens that spell a word of the sentence.
  func tokens(of word: String) throws -> [Int] {
    let found = prior.words.filter { $0.text == word }.map(\.token)
    if !found.isEmpty { return found }
    var words: [String] = []
    for known in prior.words.map(\.text) where !words.contains(known) { words.append(known) }
    throw CommandError(
      "\"\(word)\" is not a word of clip \(handle.clip)'s sentence", code: .invalidValue,
      notes: ["its words: \(words.joined(separator: " "))"],
      suggestion: Spelling.suggestion(for: word, among: words))
  }

  /// A map of one head, or of the mean over the heads that are kept.
  func map(_ request: ViewRequest) throws -> (map: Tensor, name: String) {
    guard let head = request.head else {
      if request.layer != nil {
        throw CommandError("`layer` requires `head`", code: .missingArgument)
      }
      return (selection.map, "mean over the \(heads.count) of \(prior.heads) heads selected by MHS")
    }
    let index = try headIndex(head, layer: request.layer)
    let place = request.layer.map { "layer \($0), " } ?? ""
    return (prior.map(heads: [index]), "\(place)head \(head)")
  }

  private func headIndex(_ head: Int, layer: Int?) throws -> Int {
    guard let layer else {
      try Self.check(head, "head", below: prior.heads)
      return head
    }
    guard let origin = handle.priors.origin, origin.identity == .perLayer else {
      throw CommandError(
        "the heads of these priors are averaged over layers: each head is averaged over all layers",
        suggestion: "extract with `heads: \"per-layer\"`")
    }
    let count = try origin.model.shape().heads
    try Self.check(layer, "layer", below: prior.heads / count)
    try Self.check(head, "head", below: count)
    return layer * count + head
  }

  private static func check(_ value: Int, _ name: String, below count: Int) throws {
    guard value >= 0, value < count else {
      throw CommandError(
        "`\(name)` is \(value); valid: 0 to \(count - 1)",
        code: .outsideDomain)
    }
  }

  // MARK: Views

  /// The sentence with the words that are kept set off.
  func sentence(withScores: Bool) -> StyledText {
    let kept = Set(tokens)
    return StyledText([
      prior.words.map { token, text in
        StyledText.Word(
          text, isSelected: kept.contains(token),
          score: withScores ? selection.motionScores[token] * 1000 : nil)
      }
    ])
  }

  /// The frames, and under them the frames with the map of a word, or of the words that are kept.
  func view(_ request: ViewRequest) throws -> View {
    let strip = ClipStrip(
      try handle.priors.data.clips.clip(handle.clip), count: prior.grid.frames)
    let (map, heads) = try map(request)
    let rows = try request.token.map { try tokens(of: $0) } ?? tokens
    let values = map.rows(rows).mean(axes: [0]).values
    let (low, high) = (Double(values.min() ?? 0), Double(values.max() ?? 1))
    let name = request.token.map { "\"\($0)\"" } ?? "selected words"
    let (height, width) = (prior.grid.height, prior.grid.width)
    let figure = Figure(
      rows: [
        strip.panels,
        request.overlays
          ? strip.panels(under: values, height: height, width: width, scale: request.scale)
          : strip.maps(values, height: height, width: width),
      ], rowTitles: ["video", name], note: heads, width: .page,
      colorBar: ColorBar(label: "attention", range: low...max(high, low), colors: .heat))
    return View([
      .text(handle.description), .figure(figure),
      .figure(Figure(.text(sentence(withScores: false)))),
    ])
  }
}

extension PriorHandle: ViewableHandle, ArgumentChoices {
  static var parts: Set<String> { ["token", "head", "layer"] }
  func view(_ request: ViewRequest) throws -> View {
    try PriorChoice(self, request).view(request)
  }
  func choices(for parameter: String, given clip: Int?) -> [String]? {
    priors.choices(for: parameter, given: self.clip)
  }
}

extension PriorsHandle: ViewableHandle, ArgumentChoices {
  static var parts: Set<String> { ["clip", "token", "head", "layer"] }
  func view(_ request: ViewRequest) throws -> View {
    try PriorChoice(self, request).view(request)
  }

  /// Words come from the text itself, numbers of heads and layers from the configuration: nothing
  /// is extracted for them.
  func choices(for parameter: String, given clip: Int?) -> [String]? {
    switch parameter {
    case "clip": return data.choices(for: parameter, given: clip)
    case "token":
      let index = min(max(clip ?? 0, 0), data.count - 1)
      return (try? origin?.sentence(index)).map(Self.words(of:))
    case "head": return (try? origin?.model.shape().heads).map { (0..<$0).map(String.init) }
    case "layer" where origin?.identity == .perLayer:
      return (try? origin?.model.shape().layers).map { (0..<$0).map(String.init) }
    default: return nil
    }
  }
}

extension PriorsHandle {
  /// The different words of a text, in its order.
  private static func words(of text: String) -> [String] {
    var words: [String] = []
    for word in text.split(whereSeparator: { !$0.isLetter && !$0.isNumber }).map(String.init)
    where !words.contains(word) {
      words.append(word)
    }
    return words
  }
}

extension SelectedHeadsHandle: ViewableHandle {
  static var parts: Set<String> { ["clip", "token", "head", "layer"] }
  func view(_ request: ViewRequest) throws -> View {
    try PriorChoice(self, request).view(request)
  }
}
