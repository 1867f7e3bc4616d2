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

  /// Number of vision tokens, S.
  public var count: Int { frames * height * width }
  /// Tokens of one frame.
  public var cells: Int { height * width }

  /// The grid after joining `size` x `size` tokens of a frame.
  public func merged(by size: Int) -> TokenGrid {
    TokenGrid(frames: frames, height: height / size, width: width / size)
  }
}
