import Foundation

/// A safetensors file in memory, validated like one on disk.
public final class SafetensorsBuffer: TensorSource {
  public let location: String
  public let names: [String]
  private let data: Data
  private let entries: [String: TensorEntry]

  public init(_ data: Data, location: String) throws {
    self.data = data
    self.location = location
    let header = try data.withUnsafeBytes { try SafetensorsHeader($0, file: location) }
    entries = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.name, $0) })
    names = header.entries.map(\.name).sorted(by: utf8Precedes)
  }

  public func find(_ name: String) -> TensorEntry? { entries[name] }

  /// `Data` may be unaligned: its tensors are copied.
  public func owner(of name: String) -> (any AnyObject & Sendable)? { nil }

  public func withUnsafeBytes<Result>(
    _ name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let range = try entry(name).byteRange
    return try data.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }
}
