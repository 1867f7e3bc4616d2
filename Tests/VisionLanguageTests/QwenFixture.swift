import Checkpoints
import Foundation
import JSON
import Layers
import Tensors
import Testing
import Video
import VisionLanguage

/// One case written by Tests/Reference/qwen25vl.py.
struct QwenFixture {
  static let names = [
    "qwen-two-videos", "qwen-merge-1-tied", "qwen-padded", "qwen-text", "qwen-spatial",
    "qwen-longrope",
  ]

  let name: String
  let configuration: Qwen25VL.Configuration
  let model: Qwen25VL.Model
  let batch: Qwen25VL.PaddedBatch
  /// Rows whose attention maps enter the objective; often none.
  let alignmentRows: [Int]
  let file: SafetensorsFile

  init(_ name: String) throws {
    self.name = name
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    func path(_ suffix: String) -> String {
      folder.appending(path: name + suffix).path(percentEncoded: false)
    }
    let description = try JSONNode(contentsOfFile: path(".json"))
    file = try SafetensorsFile(path(".safetensors"))
    var configuration = try Qwen25VL.Configuration(description.object("config"))
    configuration.textPosition = try #require(
      Qwen25VL.TextPosition(rawValue: description.string("rule")))
    self.configuration = configuration
    alignmentRows = try description.ints("rows")
    model = try Qwen25VL.Model(
      configuration,
      source: .lookup { [file] key, shape in
        let found = try file.tensor("weight." + key)
        #expect(found.shape == shape, "\(key)")
        return found
      })
    batch = try Qwen25VL.PaddedBatch(
      configuration, ids: Self.rows(file, "in.input_ids") ?? [],
      mask: Self.rows(file, "in.attention_mask").map { $0.map { $0.map { $0 != 0 } } },
      labels: Self.rows(file, "in.labels"),
      images: Self.visuals(file, "pixel_values", "image_grid_thw", nil),
      videos: Self.visuals(
        file, "pixel_values_videos", "video_grid_thw", "second_per_grid_ts"))
  }

  /// A matrix of integers, row by row; nil when it is absent.
  private static func rows(_ file: SafetensorsFile, _ key: String) throws -> [[Int]]? {
    guard let shape = file.find(key)?.shape else { return nil }
    let values = try file.integers(key)
    return (0..<shape[0]).map { Array(values[$0 * shape[1]..<($0 + 1) * shape[1]]) }
  }

  private static func visuals(
    _ file: SafetensorsFile, _ values: String, _ grids: String, _ seconds: String?
  ) throws -> [VisionInput] {
    guard let grids = try rows(file, "in." + grids) else { return [] }
    let steps = try seconds.flatMap { file.find("in." + $0) == nil ? nil : "in." + $0 }
      .map { try file.floats($0) }
    return try VisionInput.cutting(
      file.tensor("in." + values),
      grids: grids.map { TokenGrid(frames: $0[0], height: $0[1], width: $0[2]) },
      secondsPerStep: steps)
  }

  func has(_ key: String) -> Bool { file.find(key) != nil }
  func expected(_ key: String) throws -> Tensor { try file.tensor(key) }
}

/// Every element within `tolerance` times the largest expected magnitude; NaN fails.
func expectClose(
  _ found: Tensor, _ expected: Tensor, _ tolerance: Float, _ what: String,
  _ location: SourceLocation = #_sourceLocation
) {
  guard found.shape == expected.shape else {
    Issue.record("\(what): \(found.shape), expected \(expected.shape)", sourceLocation: location)
    return
  }
  let (a, b) = (found.values, expected.values)
  let scale = b.reduce(0) { max($0, abs($1)) }
  let limit = tolerance * max(scale, 1e-12)
  let worst = a.indices.filter { !(abs(a[$0] - b[$0]) <= limit) }
    .max { abs(a[$0] - b[$0]) < abs(a[$1] - b[$1]) }
  if let worst {
    Issue.record(
      "\(what)[\(worst)]: \(a[worst]), expected \(b[worst]) within \(limit)",
      sourceLocation: location)
  }
}
