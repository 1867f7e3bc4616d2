import Checkpoints
import Diagnostics
import Foundation
import Video
import VideoIO

/// A picture or video to be preprocessed: any file that FFmpeg decodes, or a `.safetensors` file
/// with the samples themselves, `frames [frames, height, width, 3]` U8 and optionally `fps`.
struct MediaFile {
  let path: String
  /// Frames that decode.
  let frames: Int
  /// Frames a second, on average.
  let framesPerSecond: Double
  /// What decoding had to say; nil where nothing was decoded.
  let report: DecodeReport?
  /// The file, where its samples need not be decoded.
  private let stored: SafetensorsFile?
  private let rules: PixelRules

  /// - Parameter rules: what becomes of transparency in a file that FFmpeg decodes.
  init(_ path: String, rules: PixelRules) throws {
    self.path = path
    self.rules = rules
    try Self.check(path)
    if path.hasSuffix(".safetensors") {
      let file = try ForwardError.withStatus(5) { try SafetensorsFile(path) }
      let shape = try Self.shape(of: file)
      (stored, frames, framesPerSecond) = (file, shape[0], try Self.rate(file) ?? 1)
      report = nil
      return
    }
    let (times, report) = try ForwardError.withStatus(5) { try VideoReader.timeline(path) }
    (stored, frames, self.report) = (nil, times.count, report)
    let measured = Clip(
      frames: times.count, height: 0, width: 0, pixels: [], times: times
    ).framesPerSecond
    // The container's own average, as the reference library's decoders report it.
    framesPerSecond = report.averageFrameRate?.value ?? measured ?? 1
  }

  /// Throws where `path` leads to nothing that can be read as often as it takes.
  static func check(_ path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw ForwardError.missing("\(path) does not exist or cannot be read")
    }
    try VideoReader.check(path)
  }

  /// Some frames, in order.
  func clip(_ indices: [Int]) throws -> Clip {
    if let stored { return try Self.samples(stored, indices) }
    return try ForwardError.withStatus(5) {
      try VideoReader.read(path, frames: indices, rules: rules).clip
    }
  }

  /// `[frames, height, width, 3]`
  private static func shape(of file: SafetensorsFile) throws -> [Int] {
    let path = file.path
    guard let entry = file.find("frames") else {
      throw ForwardError.missing(
        "\(path): no tensor \"frames\"; expected U8 [frames, height, width, 3]")
    }
    let shape = entry.shape
    guard entry.elementType == .uint8, shape.count == 4, shape[3] == 3 else {
      throw ForwardError.unfit(
        "\(path): frames: expected U8 [frames, height, width, 3], found "
          + "\(entry.elementType.rawValue) \(shape)")
    }
    guard !shape.contains(0) else {
      throw ForwardError.unfit("\(path): frames: shape \(shape) is empty")
    }
    return shape
  }

  /// Some frames of a file, which is not read where the others lie.
  private static func samples(_ file: SafetensorsFile, _ indices: [Int]) throws -> Clip {
    let shape = try shape(of: file)
    let size = shape[1] * shape[2] * 3
    var pixels: [UInt8] = []
    pixels.reserveCapacity(indices.count * size)
    for index in indices {
      pixels += try file.bytes("frames", index * size..<(index + 1) * size)
    }
    return Clip(
      frames: indices.count, height: shape[1], width: shape[2], pixels: pixels,
      times: indices.map(Double.init))
  }

  private static func rate(_ file: SafetensorsFile) throws -> Double? {
    guard let entry = file.find("fps") else { return nil }
    let values: [Double] = try ForwardError.withStatus(1) {
      guard entry.elementType == .float64 else { return try file.floats("fps").map(Double.init) }
      return try file.doubles("fps")
    }
    guard values.count == 1, values[0] > 0, values[0].isFinite else {
      throw ForwardError.unfit(
        "\(file.path): fps: expected one positive number, found \(entry.shape) \(values.prefix(3))")
    }
    return values[0]
  }
}
