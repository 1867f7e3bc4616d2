import MiniWorld
import Video
import VisionLanguage

/// Says what each cell of the vision grid shows, from what is known about a scene.
struct CellLabeller: Sendable {
  /// Frames of the clip that the model sees.
  let frames: [Int]
  let temporalPatch: Int
  /// Side of a cell in pixels.
  let patch: Int
  /// Share of a cell that an object must cover to be its subject.
  private static let leastCover: Float = 0.2

  func labels(_ truth: SceneTruth) -> CellLabels {
    let specification = truth.specification
    let (rows, columns) = (
      specification.frame.height / patch, specification.frame.width / patch
    )
    let cells = rows * columns
    let steps = frames.count / temporalPatch
    var colours = [Int](repeating: 0, count: steps * cells)
    var shapes = colours
    var changes = [Float](repeating: 0, count: 4 * steps * cells)
    var cover = [Float](repeating: Self.leastCover, count: steps * cells)
    for (number, object) in truth.scene.objects.enumerated() {
      let shape = (SceneShape.allCases.firstIndex(of: object.shape) ?? 0) + 1
      for step in 0..<steps {
        let seen = Array(frames[step * temporalPatch..<(step + 1) * temporalPatch])
        let mask = truth.mask(
          object: number, frames: seen, gridHeight: rows, gridWidth: columns, unit: .cell)
        let change = self.change(truth, number, from: seen[0], to: seen[seen.count - 1])
        for cell in 0..<cells {
          let covered = seen.indices.map { mask[$0 * cells + cell] }.max() ?? 0
          let place = step * cells + cell
          guard covered > cover[place] else { continue }
          cover[place] = covered
          colours[place] = object.colour + 1
          shapes[place] = shape
          for k in 0..<4 { changes[4 * place + k] = change[k] }
        }
      }
    }
    let camera = CameraMove.allCases.firstIndex(of: truth.scene.camera) ?? 0
    return CellLabels(
      colours: colours, shapes: shapes, changes: changes,
      cameras: [Int](repeating: camera, count: steps))
  }

  /// Movement, growth (in half patches) and change of opacity between two frames.
  private func change(_ truth: SceneTruth, _ object: Int, from: Int, to: Int) -> [Float] {
    let before = truth.geometry.pose(object: object, frame: from)
    let after = truth.geometry.pose(object: object, frame: to)
    let unit = Float(patch) / 2
    let moved = (after.centre - before.centre) / unit
    return [moved.x, moved.y, (after.width - before.width) / unit, after.opacity - before.opacity]
  }
}
