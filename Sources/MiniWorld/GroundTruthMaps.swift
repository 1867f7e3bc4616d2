import Video

/// Where objects really are, on a grid of vision tokens.
public struct GroundTruthMaps: Sendable {
  private let grid: TokenGrid
  /// Frames of the clip that each frame of the grid stands for.
  private let frames: [[Int]]

  /// - Parameter grid: the first frame of the grid covers one frame of the clip, the others two
  ///   each, as the causal autoencoder compresses time
  public init(_ specification: SceneSpecification, grid: TokenGrid) {
    self.grid = grid
    let sampled = FrameSampling.uniform(2 * grid.frames - 1, of: specification.frame.frames)
    frames = (0..<grid.frames).map { frame in
      frame == 0 ? [sampled[0]] : [sampled[2 * frame - 1], sampled[2 * frame]]
    }
  }

  /// An object's visible area, summing to 1 in each frame in which it can be seen:
  /// `[visionTokens]`.
  public func map(_ truth: SceneTruth, object: Int) -> [Float] {
    frames.flatMap { group in
      let mask = truth.mask(
        object: object, frames: group, gridHeight: grid.height, gridWidth: grid.width)
      return (0..<grid.cells).map { cell in
        group.indices.reduce(Float(0)) { $0 + mask[$1 * grid.cells + cell] } / Float(group.count)
      }
    }
  }
}
