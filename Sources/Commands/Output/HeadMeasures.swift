import Experiments
import JSON
import MotionAlignment
import Ranks
import ScriptChecker
import ScriptInterpreter
import Tensors

/// What each candidate head measures, over the clips of some priors.
enum HeadMeasures {
  static let all = [headScores]

  private static let names = ["DFC", "TCS", "DSR", "score", "kept %", "named over other"]

  private static let headScores = HostCommand(
    CommandSignature(
      "head_scores", "Metrics of each head, how often MHS keeps it, and whether it finds objects.",
      topic: "measures", positional: [.init("priors", .handle("priors"))],
      named: [
        .init("keep", .float, "share of the heads", default: 0.5, in: .share),
        .init(
          "words", .string, "whose rows are followed", default: "colour",
          in: .oneOf(Localisation.words)),
      ], result: .list(.record), cost: .expensive, example: "head_scores(priors)")
  ) { context in
    let handle: PriorsHandle = try context.arguments.handle("priors")
    let keep = try context.arguments.float("keep")
    let words = try context.arguments.string("words")
    let workspace = context.workspace
    let deferred = context.deferred("head_scores, \(handle.label)", coding: coding) {
      try measure(handle.priors.get(), handle.data, keep: keep, words: words)
    }
    return .list(of: try deferred.get().map { try $0.value })
  }

  /// One row of numbers for each head.
  private static func measure(
    _ priors: [MotionPrior], _ data: DatasetHandle, keep: Double, words: String
  ) throws -> [NamedNumbers] {
    let scores = priors.map { HeadScores.scores($0.metrics) }
    let kept = scores.map { HeadScores.best($0, share: keep) }
    let places = try Workers.map(priors.count) { clip in
      try WordPlaces(priors[clip], clip: clip, data: data, words: words)
    }
    return try Workers.map(priors.first?.heads ?? 0) { head in
      let measured = priors.indices.map { clip -> [Double] in
        let metrics = priors[clip].metrics[head]
        return [
          metrics.focus, metrics.continuity, metrics.saliency, scores[clip][head],
          kept[clip].contains(head) ? 100 : 0,
        ]
      }
      let found = priors.indices.compactMap { clip in
        places[clip]?.localisation(of: priors[clip].map(heads: [head]))
      }
      let named = found.reduce(0) { $0 + $1.named }
      let other = found.reduce(0) { $0 + $1.other }
      var means = NamedNumbers.means(measured, names: Array(names.dropLast())).numbers
      // Left out where no question names an object: 0 would look like a result.
      if !found.isEmpty { means[names[names.count - 1]] = named / max(other, 1e-12) }
      return NamedNumbers(numbers: means)
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
