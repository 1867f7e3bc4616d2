import Diagnostics
import Experiments
import MotionEnhancer
import Reporting
import Tensors
import VideoIO

/// What `--overlay` will write, settled before the work: whether such a film can be encoded and its
/// file written is not found out after an hour.
struct OverlayPlan: Sendable {
  let path: String
  /// Of a frame of the film, in pixels.
  let height: Int
  let width: Int
  /// How much larger than the video's frames.
  let scale: Int
  let times: MovieTimes

  static let encoding = VideoEncoding.visual()

  /// - Parameters:
  ///   - times: of all frames of the video
  ///   - report: of the same decoding
  init(_ path: String, times: [Double], report: DecodeReport) throws {
    self.path = path
    scale = try Self.scale(height: report.height, width: report.width, path)
    (height, width) = (report.height * scale, report.width * scale)
    self.times = MovieTimes(fitting: times, nominal: report.averageFrameRate?.value)
    try MemoryEstimate.require(
      Self.encoderMemory(height: height, width: width, frames: times.count),
      for: "encoding the overlay in frames of \(width)x\(height)",
      suggestion: "scale the video down first, or omit --overlay")
    // Opens the encoder and the file, and leaves neither.
    _ = try writer()
  }

  func writer() throws -> VideoWriter {
    try VideoWriter(
      path: path, height: height, width: width, framesPerSecond: times.framesPerSecond,
      encoding: Self.encoding, ticksPerSecond: times.ticksPerSecond)
  }

  /// What a user should know of the film.
  var warnings: [String] {
    var lines: [String] = []
    if times.movedFrames > 0 {
      lines.append(
        "\(path): \(times.movedFrames) of \(times.ticks.count) frames are out of order in time; "
          + "the overlay shows them slightly later")
    }
    if times.shortenedGaps > 0 {
      lines.append(
        "\(path): \(times.shortenedGaps) gaps between frames are too long for MP4; the overlay "
          + "shortens them to \(Int(times.longestGap)) s")
    }
    return lines
  }

  /// Small clips are enlarged, so that the map can be seen, as far as the encoder goes.
  static func scale(height: Int, width: Int, _ path: String) throws(VideoError) -> Int {
    let wanted = max(1, min(8, 384 / max(width, 1)))
    for scale in stride(from: wanted, through: 1, by: -1)
    where encoding.fits(height: height * scale, width: width * scale) {
      return scale
    }
    let most = VideoEncoding.longestSide
    throw VideoError(
      kind: .unwritable, path: path,
      reason: "frames of \(width)x\(height) exceed the encoder's limit of \(most)x\(most) and "
        + "268 million pixels",
      remedy: "omit --overlay, or scale the video down first")
  }

  /// The encoder looks ahead, and keeps each of those frames several times.
  private static func encoderMemory(height: Int, width: Int, frames: Int) -> Int {
    CheckedSize.saturating(min(frames, 60), height, width, 3)
  }
}

extension ExtractCommand {
  /// Writes every frame of the video with the chosen map over it.
  func draw(_ result: Result, _ plan: OverlayPlan, _ progress: ProgressDisplay) throws {
    let reader = try VideoReader(path: video)
    let writer = try plan.writer()
    let ticks = plan.times.ticks
    let step = progress.begin(
      "drawing \(plan.path)", total: ticks.count, unit: "frames")
    defer { step.end() }
    let grid = result.prior.grid
    let maps = HeatMap.frames(of: result.shownMap, height: grid.height, width: grid.width)
    while let shown = try reader.next() {
      try checkCancellation()
      guard shown.index < ticks.count, shown.height * plan.scale == plan.height,
        shown.width * plan.scale == plan.width
      else { throw changedMeanwhile }
      let place = min(
        grid.frames - 1, shown.index * (grid.frames - 1) / max(ticks.count - 1, 1))
      let picture = Reporting.Frame(
        pixels: shown.pixels, height: shown.height, width: shown.width
      ).overlaid(maps[place], scale: plan.scale)
      try writer.append(picture.pixels[...], tick: ticks[shown.index])
      step.advance()
    }
    guard reader.report.decodedFrames == ticks.count else { throw changedMeanwhile }
    try writer.finish()
  }

  private var changedMeanwhile: CommandError {
    CommandError(
      "\(video) changed after it was read; no overlay was written",
      suggestion: "do not modify inputs while they are read; run again", exitCode: 5)
  }
}
