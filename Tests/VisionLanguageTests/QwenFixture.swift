import Foundation
import JSON
import Layers
import Tensors
import Testing
import VisionLanguage

/// One case written by Tests/Reference/qwen25vl.py.
struct QwenFixture {
  static let names = [
    "qwen-two-videos", "qwen-merge-1-tied", "qwen-padded", "qwen-text", "qwen-spatial",
  ]

  let name: String
  let configuration: Qwen25VL.Configuration
  let model: Qwen25VL.Model
  let batch: Qwen25VL.PaddedBatch
  /// Rows whose attention maps enter the objective; often none.
  let alignmentRows: [Int]
  let tensors: [String: FixtureTensor]

  init(_ name: String) throws {
    self.name = name
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    func file(_ suffix: String) -> String {
      folder.appending(path: name + suffix).path(percentEncoded: false)
    }
    let description = try JSONNode(contentsOfFile: file(".json"))
    tensors = try FixtureTensor.read(file(".safetensors"))
    var configuration = try Qwen25VL.Configuration(description.object("config"))
    configuration.textPosition = try #require(
      Qwen25VL.TextPosition(rawValue: description.string("rule")))
    self.configuration = configuration
    alignmentRows = try description.ints("rows")
    model = try Qwen25VL.Model(
      configuration,
      source: .lookup { [tensors] key, shape in
        let found = try #require(tensors["weight." + key]).floats()
        #expect(found.shape == shape, "\(key)")
        return found
      })
    batch = try Qwen25VL.PaddedBatch(
      configuration, ids: #require(tensors["in.input_ids"]).rows(),
      mask: tensors["in.attention_mask"]?.rows(), labels: tensors["in.labels"]?.rows(),
      images: Self.visuals(tensors, "pixel_values", "image_grid_thw", nil),
      videos: Self.visuals(
        tensors, "pixel_values_videos", "video_grid_thw", "second_per_grid_ts"))
  }

  private static func visuals(
    _ tensors: [String: FixtureTensor], _ values: String, _ grids: String, _ seconds: String?
  ) throws -> [VisionInput] {
    guard let patches = tensors["in." + values], let grids = tensors["in." + grids] else {
      return []
    }
    return try VisionInput.cutting(
      patches.floats(),
      grids: grids.rows().map { PatchGrid(frames: $0[0], height: $0[1], width: $0[2]) },
      secondsPerStep: seconds.flatMap { tensors["in." + $0]?.floats().values })
  }

  func expected(_ key: String) throws -> Tensor { try #require(tensors[key], "\(key)").floats() }
}

/// A tensor of a safetensors file, float32 or int64.
struct FixtureTensor {
  let shape: [Int]
  let bytes: Data
  let isInteger: Bool

  static func read(_ file: String) throws -> [String: FixtureTensor] {
    let data = try Data(contentsOf: URL(filePath: file))
    let length = Int(data[0..<8].withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
    let header = try JSONValue(parsing: [UInt8](data[8..<8 + length]))
    var tensors: [String: FixtureTensor] = [:]
    for key in try header.keys() where key != "__metadata__" {
      let entry = try header.object(key)
      let offsets = try entry.ints("data_offsets")
      tensors[key] = FixtureTensor(
        shape: try entry.ints("shape"),
        bytes: Data(data[(8 + length + offsets[0])..<(8 + length + offsets[1])]),
        isInteger: try entry.string("dtype") == "I64")
    }
    return tensors
  }

  func floats() -> Tensor {
    precondition(!isInteger)
    return Tensor(
      shape: shape,
      values: bytes.withUnsafeBytes { raw in
        (0..<shape.product).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
      })
  }

  func integers() -> [Int] {
    precondition(isInteger)
    return bytes.withUnsafeBytes { raw in
      (0..<shape.product).map { raw.loadUnaligned(fromByteOffset: 8 * $0, as: Int.self) }
    }
  }

  /// A matrix of integers, row by row.
  func rows() -> [[Int]] {
    let (values, width) = (integers(), shape[1])
    return (0..<shape[0]).map { Array(values[$0 * width..<($0 + 1) * width]) }
  }
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
