import Checkpoints
import Experiments
import Foundation
import JSON
import Tensors

/// Named tensors as one safetensors blob of a stored result.
enum TensorArchive {
  static func data(_ tensors: [(name: String, tensor: Tensor)]) throws -> Data {
    Data(try SafetensorsWriter.serialize(tensors.map { .init($0.name, $0.tensor) }))
  }

  static func tensors(
    _ data: Data, location: String
  ) throws -> [(name: String, tensor: Tensor)] {
    let file = try SafetensorsBuffer(data, location: location)
    return try file.names.map { ($0, try file.tensor($0)) }
  }

  /// Fails the storing of a result in which some number is not finite.
  static func finite(_ tensors: [(name: String, tensor: Tensor)]) -> ResultNumbers {
    .check { problem(tensors) }
  }

  /// Why tensors must not be stored; nil where they are sound.
  static func problem(_ tensors: [(name: String, tensor: Tensor)]) -> String? {
    tensors.first { !$0.tensor.allFinite }.map { "\($0.name) contains a non-finite value" }
  }
}
