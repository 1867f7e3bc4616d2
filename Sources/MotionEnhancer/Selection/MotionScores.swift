import Video

/// Motion scores of text tokens (MotionEnhancer, section 3.3).
public enum MotionScores {
  /// `MS(t) = mean_f A[t, f] + 1 / (F - 1) sum_f |A[t, f + 1] - A[t, f]|`, `A[t, f]` the mean of
  /// the token's attention over the cells of frame f.
  /// - Parameter map: text-to-vision attention, `[tokens, visionTokens]`
  public static func scores(_ map: [Float], tokens: Int, grid: TokenGrid) -> [Double] {
    (0..<tokens).map { token in
      let perFrame = (0..<grid.frames).map { frame in
        let start = token * grid.count + frame * grid.cells
        return map[start..<start + grid.cells].reduce(0.0) { $0 + Double($1) } / Double(grid.cells)
      }
      let level = perFrame.reduce(0, +) / Double(grid.frames)
      guard grid.frames > 1 else { return level }
      let change = zip(perFrame, perFrame.dropFirst()).reduce(0) { $0 + abs($1.1 - $1.0) }
      return level + change / Double(grid.frames - 1)
    }
  }
}
