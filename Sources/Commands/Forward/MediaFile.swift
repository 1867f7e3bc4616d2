import Checkpoints
import Foundation
import ScriptInterpreter
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
  /// The samples, where they did not have to be decoded.
  private let stored: Clip?

  init(_ path: String) throws {
    self.path = path
    guard FileManager.default.isReadableFile(atPath: path) else {
      throw ForwardError.missing("\(path) does not exist or cannot be read")
    }
    if path.hasSuffix(".safetensors") {
      let clip = try Self.samples(path)
      (stored, frames, framesPerSecond) = (clip, clip.frames, try Self.rate(path) ?? 1)
      return
    }
    let (times, report) = try ForwardError.withStatus(5) { try VideoReader.timeline(path) }
    (stored, frames) = (nil, times.count)
    let measured = Clip(
      frames: times.count, height: 0, width: 0, pixels: [], times: times
    ).framesPerSecond
    // The container's own average, as the reference library's decoders report it.
    framesPerSecond = report.averageFrameRate?.value ?? measured ?? 1
  }

  /// Some frames, in order.
  func clip(_ indices: [Int]) throws -> Clip {
    if let stored { return stored.selecting(indices) }
    return try ForwardError.withStatus(5) {
      try VideoReader.read(path, frames: indices).clip
    }
  }

  private static func samples(_ path: String) throws -> Clip {
    let file = try ForwardError.withStatus(5) { try SafetensorsFile(path) }
    guard let entry = file.find("frames") else {
      throw ForwardError.missing(
        "\(path): no tensor \"frames\", [frames, height, width, 3] U8")
    }
    let shape = entry.shape
    guard entry.elementType == .uint8, shape.count == 4, shape[3] == 3 else {
      throw ForwardError.unfit(
        "\(path): frames: expected U8 [frames, height, width, 3], found "
          + "\(entry.elementType.rawValue) \(shape)")
    }
    guard !shape.contains(0) else {
      throw ForwardError.unfit("\(path): frames: \(shape) has no samples")
    }
    return Clip(
      frames: shape[0], height: shape[1], width: shape[2],
      pixels: try file.withUnsafeBytes("frames") { Array($0) }, framesPerSecond: 1)
  }

  private static func rate(_ path: String) throws -> Double? {
    let file = try ForwardError.withStatus(5) { try SafetensorsFile(path) }
    guard let entry = file.find("fps") else { return nil }
    let values: [Double] = try ForwardError.withStatus(1) {
      guard entry.elementType == .float64 else { return try file.floats("fps").map(Double.init) }
      return try file.withUnsafeBytes("fps") { bytes in
        stride(from: 0, to: bytes.count, by: 8).map {
          bytes.loadUnaligned(fromByteOffset: $0, as: Double.self)
        }
      }
    }
    guard values.count == 1, values[0] > 0, values[0].isFinite else {
      throw ForwardError.unfit(
        "\(path): fps: expected one positive number, found \(entry.shape) \(values.prefix(3))")
    }
    return values[0]
  }
}
