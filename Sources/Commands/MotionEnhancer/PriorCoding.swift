import Checkpoints
import Diagnostics
import Experiments
import Foundation
import JSON
import MotionEnhancer
import ScriptInterpreter
import Tensors
import Video

/// Motion priors in the store, one part for each clip: the JSON on the first line, then map and
/// metrics as safetensors.
enum PriorCoding {
  static let part = PartCoding<MotionPrior>(
    encode: { prior in
      try text(of: prior) + Data("\n".utf8) + TensorArchive.data(tensors(of: prior))
    },
    decode: { data in
      let end = data.firstIndex(of: UInt8(ascii: "\n")) ?? data.endIndex
      return try prior(text: data[..<end], tensors: Data(data[end...].dropFirst()))
    },
    problem: { TensorArchive.problem(tensors(of: $0)) })

  private static func tensors(of prior: MotionPrior) -> [(name: String, tensor: Tensor)] {
    let metrics = prior.metrics.flatMap {
      [Float($0.focus), Float($0.continuity), Float($0.saliency)]
    }
    return [
      ("map", prior.textToVision),
      ("metrics", Tensor(shape: [prior.heads, 3], values: metrics)),
    ]
  }

  /// Without a line end.
  private static func text(of prior: MotionPrior) throws -> Data {
    let text: JSONValue = [
      "grid": .array([prior.grid.frames, prior.grid.height, prior.grid.width].map { .int($0) }),
      "error": .double(prior.reconstructionError),
      "tokens": .array(
        prior.tokens.map { token in
          .array([
            .string(token.text), .int(token.span.lowerBound), .int(token.span.upperBound),
            .bool(token.isCandidate),
          ])
        }),
    ]
    return Data(try text.serialized().utf8)
  }

  private static func prior(text: Data, tensors: Data) throws -> MotionPrior {
    let source = "a cached prior"
    let file = try SafetensorsBuffer(tensors, location: source)
    let (map, metrics) = (try file.tensor("map"), try file.tensor("metrics"))
    let node = try JSONNode(JSONValue(parsing: [UInt8](text), source: source))
    let grid = try grid(node)
    let tokens = try node.array("tokens").map(token)
    guard metrics.shape.count == 2, metrics.shape[1] == 3,
      map.shape == [metrics.shape[0], tokens.count, grid.count]
    else {
      throw CommandError("\(source) has a map of \(map.shape) beside metrics of \(metrics.shape)")
    }
    return MotionPrior(
      grid: grid, tokens: tokens, textToVision: map,
      metrics: (0..<metrics.shape[0]).map {
        HeadMetrics(
          focus: Double(metrics[$0, 0]), continuity: Double(metrics[$0, 1]),
          saliency: Double(metrics[$0, 2]))
      }, reconstructionError: try node.double("error"))
  }

  private static func grid(_ text: JSONNode) throws -> TokenGrid {
    let sides = try text.ints("grid")
    guard sides.count == 3, sides.allSatisfy({ (1...4096).contains($0) }) else {
      throw CommandError("the cached grid \(sides) is not valid")
    }
    return TokenGrid(frames: sides[0], height: sides[1], width: sides[2])
  }

  private static func token(_ node: JSONNode) throws -> PriorToken {
    let parts = try node.asArray()
    guard parts.count == 4 else {
      throw CommandError("a cached token has \(parts.count) fields, not 4")
    }
    let (lower, upper) = (try parts[1].asInt(), try parts[2].asInt())
    guard 0 <= lower, lower <= upper else {
      throw CommandError("a cached token has the span \(lower) to \(upper)")
    }
    return PriorToken(
      text: try parts[0].asString(), span: lower..<upper, isCandidate: try parts[3].asBool())
  }
}
