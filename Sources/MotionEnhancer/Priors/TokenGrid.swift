public import VideoDiffusion

/// A grid of vision tokens in frame-major order: token `f * height * width + y * width + x`.
public struct TokenGrid: Hashable, Sendable {
  public let frames: Int
  public let height: Int
  public let width: Int

  public init(frames: Int, height: Int, width: Int) {
    self.frames = frames
    self.height = height
    self.width = width
  }

  /// The grid of a model's vision tokens.
  /// - Parameter latents: shape, `[1, frames, channels, height, width]`
  public init(of latents: [Int], in model: VideoDiffusionModel) {
    let grid = model.tokenGrid(of: latents)
    self.init(frames: grid.frames, height: grid.height, width: grid.width)
  }

  /// Number of vision tokens, S.
  public var count: Int { frames * height * width }
  /// Cells of one frame.
  public var cells: Int { height * width }
}
