import Kernels

/// Order of the axes in which a model takes a clip.
public enum ClipLayout: Sendable, Hashable {
  /// `[frames, 3, height, width]`: vision towers, diffusion transformers.
  case framesFirst
  /// `[3, frames, height, width]`: causal video autoencoders.
  case channelsFirst
}

/// What each level of a sample becomes, `(level / 255 - mean) / deviation`, for each channel.
public struct LevelTable: Sendable {
  /// `[3, 256]`
  let values: [Float]

  /// - Parameters:
  ///   - mean: of each of the three channels, on a scale from 0 to 1.
  ///   - deviation: of each of the three channels, on the same scale.
  public init(mean: [Float], deviation: [Float]) {
    precondition(
      mean.count == 3 && deviation.count == 3 && deviation.allSatisfy { $0 != 0 },
      "RGB needs three means and three non-zero deviations, got \(mean) and \(deviation)")
    values = zip(mean, deviation).flatMap { mean, deviation in
      (0..<256).map { (Float($0) / 255 - mean) / deviation }
    }
  }
}

extension Clip {
  /// Samples as numbers in the order of axes of a model.
  ///
  /// - Parameters:
  ///   - mean: of each of the three channels, on a scale from 0 to 1.
  ///   - deviation: of each of the three channels, on the same scale.
  /// - Returns: `[frames, 3, height, width]` or `[3, frames, height, width]`
  public func normalised(
    mean: [Float], deviation: [Float], layout: ClipLayout = .framesFirst
  ) -> [Float] {
    let table = LevelTable(mean: mean, deviation: deviation)
    let area = height * width
    let isFramesFirst = layout == .framesFirst
    var result = [Float](repeating: 0, count: pixels.count)
    var target = result.mutableSpan
    for frame in 0..<frames {
      write(
        frame, rows: 0..<height, columns: 0..<width, by: table, to: &target,
        at: frame * area * (isFramesFirst ? 3 : 1), plane: area * (isFramesFirst ? 1 : frames))
    }
    return result
  }

  /// Writes a window of a frame as numbers, one channel after the other: `[3, rows, columns]`.
  /// - Parameters:
  ///   - place: of the first number in `target`
  ///   - plane: numbers between the beginnings of two channels, `rows * columns` at least
  public func write(
    _ frame: Int, rows: Range<Int>, columns: Range<Int>, by table: LevelTable,
    to target: inout MutableSpan<Float>, at place: Int, plane: Int
  ) {
    precondition(
      (0..<frames).contains(frame) && rows.lowerBound >= 0 && rows.upperBound <= height
        && columns.lowerBound >= 0 && columns.upperBound <= width
        && plane >= rows.count * columns.count,
      "rows \(rows) and columns \(columns) of frame \(frame) of [\(frames), \(height), \(width)]"
        + " in planes of \(plane)")
    PixelLevels.write(
      pixels, from: ((frame * height + rows.lowerBound) * width + columns.lowerBound) * 3,
      step: width * 3, rows: rows.count, columns: columns.count, by: table.values, to: &target,
      at: place, plane: plane)
  }
}
