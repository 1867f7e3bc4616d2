import MiniWorld
import Tensors
import Video

extension AlignmentTarget {
  /// The target of a perfect teacher: one row for the word that names the object of a clip's
  /// question, on the object's own area; uniform where the question names none.
  /// - Parameter dilution: mass on every other object, as a share of the named one's
  public init(
    oracle text: SceneText, _ truth: SceneTruth, _ maps: GroundTruthMaps, grid: TokenGrid,
    dilution: Float
  ) {
    var row = [Float](repeating: 1 / Float(grid.count), count: grid.count)
    if let object = text.question?.objectIndex {
      row = maps.map(truth, object: object).map { $0 + 1e-4 }
      for other in truth.scene.objects.indices where other != object && dilution > 0 {
        for (cell, value) in maps.map(truth, object: other).enumerated() {
          row[cell] += dilution * value
        }
      }
    }
    let span = text.question?.bindingSpan ?? 0..<(text.question?.prompt.utf8.count ?? 1)
    self.init(grid: grid, spans: [span], rows: Tensor(shape: [1, grid.count], values: row))
  }
}
