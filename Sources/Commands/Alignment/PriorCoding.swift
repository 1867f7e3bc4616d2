import Experiments
import Foundation
import JSON
import MotionAlignment
import ScriptInterpreter
import Tensors

/// Motion priors in the store: maps and metrics as tensors, tokens as JSON.
enum PriorCoding {
  static let coding = ResultCoding<[MotionPrior]>(
    encode: { priors in
      let tensors = tensors(of: priors)
      return (
        ["maps": try TensorArchive.data(tensors), "tokens": try texts(of: priors)],
        ["clips": .int(priors.count)], TensorArchive.finite(tensors)
      )
    },
    decode: {
      try priors(maps: $0.blob("maps"), tokens: $0.blob("tokens"), location: $0.label)
    })

  /// The prior of one clip: the JSON on the first line, then the tensors.
  static let part = PartCoding<MotionPrior>(
    encode: { prior in
      try texts(of: [prior]) + Data("\n".utf8) + TensorArchive.data(tensors(of: [prior]))
    },
    decode: { data in
      let end = data.firstIndex(of: UInt8(ascii: "\n")) ?? data.endIndex
      return try priors(
        maps: Data(data[end...].dropFirst()), tokens: data[..<end], location: "a saved part")[0]
    })

  private static func tensors(
    of priors: [MotionPrior]
  ) -> [(name: String, tensor: Tensor)] {
    priors.enumerated().flatMap { index, prior -> [(name: String, tensor: Tensor)] in
      [
        ("\(index).map", prior.textToVision),
        (
          "\(index).metrics",
          Tensor(
            shape: [prior.heads, 3],
            values: prior.metrics.flatMap {
              [Float($0.focus), Float($0.continuity), Float($0.saliency)]
            })
        ),
      ]
    }
  }

  /// Without a line end.
  private static func texts(of priors: [MotionPrior]) throws -> Data {
    let texts = priors.map { prior -> JSONValue in
      [
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
    }
    return Data(try JSONValue.array(texts).serialized().utf8)
  }

  private static func priors(
    maps: Data, tokens: Data, location: String
  ) throws -> [MotionPrior] {
    let tensors = Dictionary(try TensorArchive.tensors(maps, location: location)) { $1 }
    let texts = try JSONNode(JSONValue(parsing: [UInt8](tokens), source: location)).asArray()
    return try texts.enumerated().map { index, text in
      guard let map = tensors["\(index).map"], let metrics = tensors["\(index).metrics"] else {
        throw CommandError("the cached priors have no clip \(index)")
      }
      let grid = try grid(text)
      let tokens = try text.array("tokens").map(token)
      guard metrics.shape.count == 2, metrics.shape[1] == 3,
        map.shape == [metrics.shape[0], tokens.count, grid.count]
      else {
        throw CommandError(
          "the cached map of clip \(index) has shape \(map.shape), its metrics \(metrics.shape)")
      }
      return MotionPrior(
        grid: grid, tokens: tokens, textToVision: map,
        metrics: (0..<metrics.shape[0]).map {
          HeadMetrics(
            focus: Double(metrics[$0, 0]), continuity: Double(metrics[$0, 1]),
            saliency: Double(metrics[$0, 2]))
        }, reconstructionError: try text.double("error"))
    }
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
      throw CommandError("a cached token has \(parts.count) fields, expected 4")
    }
    let (lower, upper) = (try parts[1].asInt(), try parts[2].asInt())
    guard 0 <= lower, lower <= upper else {
      throw CommandError("a cached token has an invalid span: \(lower) to \(upper)")
    }
    return PriorToken(
      text: try parts[0].asString(), span: lower..<upper, isCandidate: try parts[3].asBool())
  }
}
