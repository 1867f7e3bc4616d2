import Experiments
import Foundation
import JSON
import MotionAlignment
import ScriptInterpreter
import Tensors

/// Motion priors in the store: maps and metrics as tensors, tokens as JSON.
enum PriorCoding {
  static let coding = ResultCoding<[MotionPrior]>(encode: encode, decode: decode)

  private static func encode(
    _ priors: [MotionPrior]
  ) throws -> (blobs: [String: Data], summary: JSONValue, numbers: ResultNumbers) {
    let tensors = priors.enumerated().flatMap { index, prior -> [(name: String, tensor: Tensor)] in
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
    return (
      [
        "maps": try TensorArchive.data(tensors),
        "tokens": Data(try JSONValue.array(texts).serialized().utf8),
      ], ["clips": .int(priors.count)], TensorArchive.finite(tensors)
    )
  }

  private static func decode(_ result: StoredResult) throws -> [MotionPrior] {
    let tensors = Dictionary(
      uniqueKeysWithValues: try TensorArchive.tensors(
        result.blob("maps"), location: result.label))
    let texts = try JSONNode(
      JSONValue(parsing: [UInt8](result.blob("tokens")), source: result.label)
    ).asArray()
    return try texts.enumerated().map { index, text in
      let grid = try text.ints("grid")
      let tokens = try text.array("tokens").map { token in
        let parts = try token.asArray()
        return PriorToken(
          text: try parts[0].asString(), span: try parts[1].asInt()..<parts[2].asInt(),
          isCandidate: try parts[3].asBool())
      }
      guard let map = tensors["\(index).map"], let metrics = tensors["\(index).metrics"] else {
        throw CommandError("the stored priors have no clip \(index)")
      }
      return MotionPrior(
        grid: TokenGrid(frames: grid[0], height: grid[1], width: grid[2]), tokens: tokens,
        textToVision: map,
        metrics: (0..<metrics.shape[0]).map {
          HeadMetrics(
            focus: Double(metrics[$0, 0]), continuity: Double(metrics[$0, 1]),
            saliency: Double(metrics[$0, 2]))
        }, reconstructionError: try text.double("error"))
    }
  }
}
