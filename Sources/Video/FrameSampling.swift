/// Which frames of a video to sample: index arithmetic only, exactly as in the reference code of
/// the benchmarks and models.
///
/// Rounding is to nearest, ties to even, as in NumPy and PyTorch. Indices are below `total` and
/// non-decreasing; they repeat if more frames are requested than exist.
public enum FrameSampling {
  /// `count` frames spread evenly from the first to the last:
  /// `round(linspace(0, total - 1, count))`.
  public static func uniform(_ count: Int, of total: Int) -> [Int] {
    check(count, total)
    guard count > 1 else { return count == 1 ? [0] : [] }
    let step = Double(total - 1) / Double(count - 1)
    return (0..<count).map { index in
      index == count - 1 ? total - 1 : nearest(Double(index) * step)
    }
  }

  /// The middles of `count` equal segments, as InternVL samples:
  /// `int(start + segment / 2 + round(segment * i))`.
  /// - Parameters:
  ///   - seconds: the part of the video to look at; all of it if `nil`.
  ///   - framesPerSecond: rate by which `seconds` is turned into frames.
  public static func centredSegments(
    _ count: Int, of total: Int, seconds: ClosedRange<Double>? = nil,
    framesPerSecond: Double = 1
  ) -> [Int] {
    check(count, total)
    guard total > 0 else { return [] }
    var (start, end) = (0, total - 1)
    if let seconds {
      start = max(0, bounded(seconds.lowerBound * framesPerSecond))
      end = min(total - 1, bounded(seconds.upperBound * framesPerSecond))
    }
    let segment = Double(end - start) / Double(count)
    return (0..<count).map { index in
      let offset = (segment * Double(index)).rounded(.toNearestOrEven)
      return min(max(Int(Double(start) + segment / 2 + offset), 0), total - 1)
    }
  }

  /// Frames at a constant rate from the first on, as VLMEvalKit samples by rate: frame `k` at
  /// `int(k * (rate / wanted))`, for as many whole steps as the video is long.
  /// - Parameters:
  ///   - wanted: frames to take from a second.
  ///   - rate: frames that the video has in a second.
  public static func every(_ wanted: Double, of total: Int, rate: Double) -> [Int] {
    precondition(
      wanted > 0 && rate > 0 && total >= 0,
      "cannot take \(wanted) frames a second of \(total) at \(rate)")
    let step = rate / wanted
    return (0..<Int(Double(total) / rate * wanted)).map { min(Int(Double($0) * step), total - 1) }
  }

  /// The largest number of frames, at most `total`, that a causal video autoencoder accepts: one
  /// frame and complete groups of `group`, `4 k + 1` for CogVideoX. 0 if there are none.
  public static func causalLength(of total: Int, group: Int = 4) -> Int {
    precondition(group > 0, "a group of \(group) frames")
    return total > 0 ? (total - 1) / group * group + 1 : 0
  }

  /// The nearest integer, ties to even.
  static func nearest(_ value: Double) -> Int { Int(value.rounded(.toNearestOrEven)) }

  /// The nearest integer of a time that may lie far outside any video.
  private static func bounded(_ value: Double) -> Int { nearest(min(max(value, -1e15), 1e15)) }

  private static func check(_ count: Int, _ total: Int) {
    precondition(
      count >= 0 && total >= 0 && (total > 0 || count == 0),
      "cannot choose \(count) frames of \(total)")
  }
}

/// A video or frame size that a sampling or resizing policy rejects.
public struct SamplingError: Error, CustomStringConvertible, Sendable, Hashable {
  /// What was rejected and why, with what to do about it.
  public let description: String
}
