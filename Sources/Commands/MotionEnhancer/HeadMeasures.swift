import Evaluation
import Experiments
import JSON
import MiniWorld
import MotionEnhancer
import OrderedCollections
import Ranks
import ScriptChecker
import ScriptInterpreter
import Tensors
import Video

/// What each candidate head measures, over the clips of some priors.
enum HeadMeasures {
  static let all = [headScores]

  private static let names = ["DFC", "TCS", "DSR", "score", "kept %", "named over other"]

  private static let headScores = HostCommand(
    CommandSignature(
      "head_scores", "Metrics of each head, how often MHS selects it, and how well it localises.",
      topic: "measures", positional: [.init("priors", .handle("priors"))],
      named: [
        .init("keep", .float, "fraction of heads to keep", default: 0.5, in: .share),
        .choice("words", "words whose attention is measured", default: WordRole.colour),
      ], result: .list(.record), cost: .expensive, example: "head_scores(priors)")
  ) { context in
    let handle: PriorsHandle = try context.arguments.handle("priors")
    let keep = try context.arguments.float("keep")
    let words = try context.arguments.choice("words", WordRole.self)
    let deferred = context.deferred("head_scores, \(handle.label)", coding: coding) {
      try measure(handle.priors.get(), handle.data, keep: keep, words: words)
    }
    return .list(of: try deferred.get().map { try $0.value })
  }

  /// One row of numbers for each head.
  private static func measure(
    _ priors: ClipSequence<MotionPrior>, _ data: DatasetHandle, keep: Double, words: WordRole
  ) throws -> [NamedNumbers] {
    var heads: [SumsOfHead] = []
    let clips = priors.mapped { clip, prior in
      try checkCancellation()
      return try measure(
        prior, text: data.question(clip), truth: data.scenes.truth(at: clip), keep: keep,
        words: words)
    }
    try clips.visit { _, clip in
      if heads.isEmpty { heads = clip.map { _ in SumsOfHead() } }
      for (head, measured) in clip.enumerated() { heads[head].add(measured) }
    }
    return heads.map(\.means)
  }

  /// What a head measures over the clips so far, added in their order.
  private struct SumsOfHead {
    private var sums = [Double](repeating: 0, count: names.count - 1)
    private var clips = 0
    private var named = 0.0
    private var other = 0.0
    private var found = 0

    mutating func add(_ measured: HeadOfClip) {
      for (column, number) in measured.numbers.enumerated() { sums[column] += number }
      clips += 1
      guard let localisation = measured.found else { return }
      named += localisation.named
      other += localisation.other
      found += 1
    }

    var means: NamedNumbers {
      var numbers: OrderedDictionary<String, Double> = [:]
      for (name, sum) in zip(names, sums) { numbers[name] = sum / Double(max(clips, 1)) }
      // Left out where no question names an object: 0 would look like a result.
      if found > 0 { numbers[names[names.count - 1]] = named / max(other, 1e-12) }
      return NamedNumbers(numbers: numbers)
    }
  }

  /// What one head of one clip measures; `found` where the clip's question names an object.
  private struct HeadOfClip: Sendable {
    let numbers: [Double]
    let found: Localisation?
  }

  private static func measure(
    _ prior: MotionPrior, text: SceneText, truth: SceneTruth, keep: Double, words: WordRole
  ) -> [HeadOfClip] {
    let scores = HeadScores.scores(prior.metrics)
    let kept = HeadScores.best(scores, share: keep)
    let places = WordPlaces(prior, text: text, truth: truth, words: words)
    return prior.metrics.enumerated().map { head, metrics in
      HeadOfClip(
        numbers: [
          metrics.focus, metrics.continuity, metrics.saliency, scores[head],
          kept.contains(head) ? 100 : 0,
        ], found: places?.localisation(of: prior.map(heads: [head])))
    }
  }

  private static let coding = ResultCoding<[NamedNumbers]>(
    encode: { heads in
      (
        [:],
        ["heads": .array(heads.map { .array($0.numbers.values.map { .double($0) }) })],
        .doubles(heads.flatMap { Array($0.numbers.values) })
      )
    },
    decode: { result in
      try JSONNode(result.summary).array("heads").map { head in
        let numbers = try head.asArray().map { try $0.asDouble() }
        return NamedNumbers(numbers: .init(uniqueKeysWithValues: zip(names, numbers)))
      }
    })
}
