import Checkpoints
import Foundation
import JSON
import Tensors

/// A case that one of the scripts in Tests/Reference wrote: a description beside named tensors.
///
/// Names begin with what they are: `weight.` and `grad.` before a parameter's name, `in.` before
/// inputs and `out.` before outputs.
public struct ReferenceFixture: Sendable {
  public let name: String
  public let description: JSONNode
  private let file: SafetensorsFile

  /// - Parameter test: the path of the test's own file, beside which the folder Fixtures lies
  public init(_ name: String, beside test: String = #filePath) throws {
    let folder = URL(filePath: test).deletingLastPathComponent().appending(path: "Fixtures")
    func path(_ suffix: String) -> String {
      folder.appending(path: name + suffix).path(percentEncoded: false)
    }
    self.name = name
    description = try JSONNode(contentsOfFile: path(".json"))
    file = try SafetensorsFile(path(".safetensors"))
  }

  public func tensor(_ key: String) throws -> Tensor { try file.tensor(key) }

  public func has(_ key: String) -> Bool { file.find(key) != nil }

  /// The names under a prefix such as `grad.`, without it.
  public func names(_ prefix: String) -> Set<String> {
    Set(file.names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) })
  }
}
