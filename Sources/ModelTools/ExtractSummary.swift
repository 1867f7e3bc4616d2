public import JSON
import Reporting

/// What `merepl extract` read, found and wrote.
public struct ExtractSummary: Sendable {
  public let output: String
  public let overlay: String?
  /// Frames of the video that were decoded.
  public let frames: Int
  public let codec: String
  /// The selected heads, out of `headCount`.
  public let heads: [Int]
  public let headCount: Int
  public let words: [String]
  /// Relative error of the reconstruction.
  public let error: Double
  public let tensors: [(name: String, type: String, shape: [Int])]

  public var lines: [String] {
    let chosen = heads.map { "\($0)" }.joined(separator: ", ")
    return [
      "\(frames) frames of \(codec)", "heads selected: \(chosen) of \(headCount)",
      "words selected: \(words.joined(separator: " "))",
      "relative reconstruction error \(NumberText.fixed(error, digits: 3))",
    ]
  }

  public var json: JSONValue {
    [
      "file": .string(output), "overlay": overlay.map { .string($0) } ?? .null,
      "frames": .int(frames), "codec": .string(codec),
      "heads": .array(heads.map { .int($0) }), "head_count": .int(headCount),
      "words": .array(words.map { .string($0) }), "reconstruction_error": .double(error),
      "tensors": .array(
        tensors.map {
          [
            "name": .string($0.name), "dtype": .string($0.type),
            "shape": .array($0.shape.map { .int($0) }),
          ]
        }),
    ]
  }
}
