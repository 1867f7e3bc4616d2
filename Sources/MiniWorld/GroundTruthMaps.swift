import MiniWorld
import MotionEnhancer
import Tensors
import Video

/// Where objects really are, on the diffusion model's token grid.
struct GroundTruthMaps {
  private let data: DatasetHandle
  private let grid: TokenGrid
  /// Frames of the file that each frame of the grid stands for.
  private let frames: [[Int]]

  init(_ data: DatasetHandle, grid: TokenGrid) {
    self.data = data
    self.grid = grid
    let total = data.scenes.specification.frame.frames
    let sampled = FrameSampling.uniform(2 * grid.frames - 1, of: total)
    frames = (0..<grid.frames).map { frame in
      frame == 0 ? [sampled[0]] : [sampled[2 * frame - 1], sampled[2 * frame]]
    }
  }

  /// An object's visible area, summing to 1 in each frame: `[visionTokens]`.
  func map(_ truth: SceneTruth, object: Int) -> [Float] {
    frames.flatMap { group in
      let mask = truth.mask(
        object: object, frames: group, gridHeight: grid.height, gridWidth: grid.width)
      return (0..<grid.cells).map { cell in
        group.indices.reduce(Float(0)) { $0 + mask[$1 * grid.cells + cell] } / Float(group.count)
      }
    }
  }

  /// One row for the word that names the object of the clip's question; uniform where it names
  /// none.
  func target(_ index: Int, _ dilution: Float) throws -> AlignmentTarget {
    let text = try data.question(index)
    let truth = try data.scenes.truth(at: index)
    var row = [Float](repeating: 1 / Float(grid.count), count: grid.count)
    if let object = text.question?.objectIndex {
      row = map(truth, object: object).map { $0 + 1e-4 }
      for other in truth.scene.objects.indices where other != object && dilution > 0 {
        for (cell, value) in map(truth, object: other).enumerated() {
          row[cell] += dilution * value
        }
      }
    }
    let span = text.question?.bindingSpan ?? 0..<(text.question?.prompt.utf8.count ?? 1)
    return AlignmentTarget(
      grid: grid, spans: [span], rows: Tensor(shape: [1, grid.count], values: row))
  }
}
