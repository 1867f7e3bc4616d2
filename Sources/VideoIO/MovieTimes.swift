/// When the frames of a film are shown, in ticks that an MP4 file can hold.
///
/// Times of real files repeat, run backwards, begin anywhere and leave gaps of hours. Here every
/// frame comes after the one before: one that does not is moved, by a tick where that is enough.
/// Where gaps are long, ticks are; a gap that is still too long is shortened.
public struct MovieTimes: Sendable, Hashable {
  public let ticksPerSecond: Int
  /// Of every frame, from 0 on, rising.
  public let ticks: [Int64]
  /// Nominal rate, which tells how long the last frame is shown.
  public let framesPerSecond: Double
  /// Frames shown later than their own times say, for those are not after the frame before.
  public let movedFrames: Int
  /// Gaps that are shown shorter than they are.
  public let shortenedGaps: Int

  /// The most ticks between two frames. The format has 31 bits, but FFmpeg takes an offset of more
  /// than 2^28 between decoding and showing for damage, and the encoder's order adds up some gaps.
  public static let longestGap = Int64(1) << 25

  /// Seconds of the longest gap.
  public var longestGap: Double { Double(Self.longestGap) / Double(ticksPerSecond) }

  /// From the finest on. All usual rates are whole numbers of ticks of the first three.
  private static let tickRates = [VideoWriter.ticksPerSecond, 36_000, 3_600, 360, 36]

  /// Ticks that the usual gap has at least, for times not to become coarse.
  private static let leastTicks = 8.0

  /// - Parameters:
  ///   - times: in seconds, one for each frame in their order
  ///   - nominal: frames a second as the file states them, which may be nonsense
  public init(fitting times: [Double], nominal: Double? = nil) {
    let usual = Self.usualGap(times, nominal: nominal)
    let (shown, late) = Self.ordered(times, step: usual / 2)
    let gaps = zip(shown.dropFirst(), shown).map { $0 - $1 }
    let longest = gaps.max() ?? 0
    let allowed = Self.tickRates.filter {
      $0 == VideoWriter.ticksPerSecond || usual * Double($0) >= Self.leastTicks
    }
    let rate =
      allowed.first { longest * Double($0) <= Double(Self.longestGap) }
      ?? allowed.last ?? VideoWriter.ticksPerSecond

    var ticks: [Int64] = []
    ticks.reserveCapacity(shown.count)
    var (moved, shortened, cut) = (0, 0, 0.0)
    for (index, time) in shown.enumerated() {
      // Exact as long as a film has less than 2^53 ticks, 800 years of the finest.
      var wish = (time * Double(rate)).rounded() - cut
      let last = ticks.last.map(Double.init) ?? -1
      if wish - last > Double(Self.longestGap) {
        cut += wish - last - Double(Self.longestGap)
        wish = last + Double(Self.longestGap)
        shortened += 1
      }
      let tick = max(wish, last + 1)
      if tick > wish || late[index] { moved += 1 }
      ticks.append(Int64(min(tick, 0x1p62)))
    }
    ticksPerSecond = rate
    self.ticks = ticks
    framesPerSecond = min(
      max(1 / usual, Double(rate) / Double(Self.longestGap)), Double(rate))
    (movedFrames, shortenedGaps) = (moved, shortened)
  }

  /// Seconds from one frame to the next: as the file states them, unless its times deny that.
  private static func usualGap(_ times: [Double], nominal: Double?) -> Double {
    let gaps = zip(times.dropFirst(), times).map { $0 - $1 }.filter { $0 > 0 && $0.isFinite }
      .sorted()
    let stated = nominal.flatMap { $0 > 0 && $0.isFinite ? 1 / $0 : nil }
    guard let shortest = gaps.first, let longest = gaps.last else { return stated ?? 1 / 25 }
    if let stated, stated > shortest / 10, stated < longest * 10 { return stated }
    return gaps[gaps.count / 2]
  }

  /// Seconds from the first frame on, rising: a frame whose time is not after the frame before is
  /// shown a step after it.
  private static func ordered(
    _ times: [Double], step: Double
  ) -> (shown: [Double], late: [Bool]) {
    let first = times.first { $0.isFinite } ?? 0
    var (shown, late): ([Double], [Bool]) = ([], [])
    for time in times {
      let own = time - first
      guard let last = shown.last else {
        shown.append(0)
        late.append(false)
        continue
      }
      let isLate = !(own > last && own.isFinite)
      shown.append(isLate ? last + step : own)
      late.append(isLate)
    }
    return (shown, late)
  }
}
