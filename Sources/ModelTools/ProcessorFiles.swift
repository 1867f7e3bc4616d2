import Foundation
import JSON

/// What a model's folder says about pictures and videos: `processor_config.json` with both sections
/// (today), or `preprocessor_config.json` and `video_preprocessor_config.json` (before). Videos
/// without a file of their own go by that of pictures. Empty where there is none.
struct ProcessorFiles {
  let picture: JSONNode
  let video: JSONNode

  init(_ folder: String) throws {
    func read(_ name: String) throws -> JSONNode? {
      let path = "\(folder)/\(name)"
      guard FileManager.default.fileExists(atPath: path) else { return nil }
      return try ForwardError.withStatus(5) { try JSONNode(contentsOfFile: path) }
    }
    let whole = try read("processor_config.json")
    func section(_ key: String) throws -> JSONNode? {
      try ForwardError.withStatus(5) { try whole?.find(key) }
    }
    let plain =
      try section("image_processor") ?? read("preprocessor_config.json")
      ?? JSONNode(.object([:]), path: "\(folder): no processor_config.json:")
    picture = plain
    video = try section("video_processor") ?? read("video_preprocessor_config.json") ?? plain
  }
}
