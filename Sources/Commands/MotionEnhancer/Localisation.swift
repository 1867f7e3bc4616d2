import MotionEnhancer
import ScriptChecker
import Tensors
import Video

/// Where the rows of some words fall, against the known places of all objects.
struct Localisation {
  /// Roles whose words can be followed.
  static let words: [Literal] = ["colour", "shape", "action", "answer", "all"].map { .string($0) }

  /// Mean attention per unit of area on the named object, on the others, and everywhere.
  let named: Double
  let other: Double
  let chance: Double
  /// 1 when no other object has more than the named one.
  let first: Double
}

/// The words of a clip's text that speak of one object, and where that object and the others are:
/// what localisation needs beside a map.
struct WordPlaces: Sendable {
  private let tokens: [Int]
  /// Visible areas on the grid of the maps, `[visionTokens]`.
  private let named: [Float]
  private let others: [[Float]]

  /// Nil where the clip's question names no object or there is no other one.
  init?(_ prior: MotionPrior, clip index: Int, data: DatasetHandle, words: String) throws {
    let text = try data.question(index)
    guard let object = text.question?.objectIndex else { return nil }
    let spans = text.mentions.filter {
      $0.objectIndex == object && (words == "all" || $0.role.rawValue == words)
    }.map(\.span)
    tokens = prior.tokens.indices.filter { token in
      prior.tokens[token].isCandidate && spans.contains { $0.overlaps(prior.tokens[token].span) }
    }
    let truth = try data.scenes.truth(at: index)
    let places = GroundTruthMaps(data, grid: prior.grid)
    named = places.map(truth, object: object)
    others = truth.scene.objects.indices.filter {
      $0 != object && !truth.scene.objects[$0].fillsFrame
    }.map { places.map(truth, object: $0) }
    guard !tokens.isEmpty, !others.isEmpty else { return nil }
  }

  /// - Parameter map: `[textTokens, visionTokens]`
  func localisation(of map: Tensor) -> Localisation {
    let row = map.rows(tokens).mean(axes: [0]).values
    func density(_ mask: [Float]) -> Double {
      let area = mask.reduce(0) { $0 + Double($1) }
      return zip(mask, row).reduce(0) { $0 + Double($1.0) * Double($1.1) } / max(area, 1e-9)
    }
    let own = density(named)
    let densities = others.map(density)
    return Localisation(
      named: own, other: densities.reduce(0, +) / Double(densities.count),
      chance: row.reduce(0) { $0 + Double($1) } / Double(row.count),
      first: densities.allSatisfy { own >= $0 } ? 1 : 0)
  }
}
