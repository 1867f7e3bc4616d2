public import JSON
import OrderedCollections

/// What `merepl preprocess` made and wrote.
public struct PreprocessSummary: Sendable {
  public let className: String
  public let output: String
  public let images: [PreprocessedMedia]
  public let videos: [PreprocessedMedia]
  public let tensors: [(name: String, type: String, shape: [Int])]

  /// A line for each file, then one for each tensor.
  public var lines: [String] {
    (images + videos).map { media in
      let grid = media.grid.map(String.init).joined(separator: " x ")
      let frames = media.frames.isEmpty ? "" : "\(media.frames.count) frames, "
      let unit = media.grid.count == 1 ? "tiles" : "patches"
      return "\(media.path): \(frames)\(grid) \(unit), \(media.tokens) tokens"
    } + tensors.map { "\($0.name) \($0.shape)" }
  }

  public var json: JSONValue {
    [
      "class": .string(className),
      "file": .string(output),
      "images": .array(images.map(Self.json)),
      "videos": .array(videos.map(Self.json)),
      "tensors": .array(
        tensors.map {
          [
            "name": .string($0.name), "dtype": .string($0.type),
            "shape": .array($0.shape.map { .int($0) }),
          ]
        }),
    ]
  }

  private static func json(_ media: PreprocessedMedia) -> JSONValue {
    var members: OrderedDictionary<String, JSONValue> = [
      "file": .string(media.path),
      "grid": .array(media.grid.map { .int($0) }),
      "tokens": .int(media.tokens),
    ]
    if !media.frames.isEmpty {
      members["fps"] = .double(media.framesPerSecond)
      members["frames"] = .array(media.frames.map { .int($0) })
    }
    if let seconds = media.secondsPerStep { members["seconds_per_step"] = .double(seconds) }
    return .object(members)
  }
}
