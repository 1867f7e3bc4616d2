import MiniWorld
import Video

/// Where an attention map falls, against the known places of all objects.
public struct Localisation: Sendable {
  /// Mean attention per unit of area on the named object, on the others, and everywhere.
  public let named: Double
  public let other: Double
  public let chance: Double
  /// 1 when no other object has more than the named one.
  public let first: Double
}

/// Where the object of a clip's question and the others are: what localisation needs beside a map.
public struct ObjectAreas: Sendable {
  /// Visible areas on the grid of the maps, `[visionTokens]`.
  private let named: [Float]
  private let others: [[Float]]

  /// Nil where the question names no object or there is no other one that does not fill the frame.
  public init?(of text: SceneText, _ truth: SceneTruth, grid: TokenGrid) {
    guard let object = text.question?.objectIndex else { return nil }
    let maps = GroundTruthMaps(truth.specification, grid: grid)
    named = maps.map(truth, object: object)
    others = truth.scene.objects.indices.filter {
      $0 != object && !truth.scene.objects[$0].fillsFrame
    }.map { maps.map(truth, object: $0) }
    if others.isEmpty { return nil }
  }

  /// - Parameter row: attention over the vision tokens, `[visionTokens]`
  public func localisation(of row: [Float]) -> Localisation {
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
