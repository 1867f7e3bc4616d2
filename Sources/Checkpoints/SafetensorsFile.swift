/// A safetensors file, mapped into memory and checked from end to end when it is opened.
///
/// The host must be little-endian, as the format is (x86-64 is).
public final class SafetensorsFile: TensorSource {
  public let path: String
  /// In the order of their bytes in the file.
  public let entries: [TensorEntry]
  public let metadata: [String: String]
  public let names: [String]

  private let mapping: MappedFile
  private let index: [String: Int]

  public init(_ path: String) throws(SafetensorsError) {
    mapping = try MappedFile(path: path)
    let header = try SafetensorsHeader(mapping.bytes, file: path)
    self.path = path
    entries = header.entries
    metadata = header.metadata
    index = Dictionary(
      uniqueKeysWithValues: header.entries.enumerated().map { ($1.name, $0) })
    names = header.entries.map(\.name).sorted(by: utf8Precedes)
  }

  public var location: String { path }

  public func find(_ name: String) -> TensorEntry? { index[name].map { entries[$0] } }

  public func owner(of name: String) -> (any AnyObject & Sendable)? { mapping }

  public func withUnsafeBytes<Result>(
    _ name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let range = try entry(name).byteRange
    return try withExtendedLifetime(mapping) {
      try body(UnsafeRawBufferPointer(rebasing: mapping.bytes[range]))
    }
  }
}

/// The order of names in files and reports: by UTF-8 bytes, the same in every locale.
func utf8Precedes(_ left: String, _ right: String) -> Bool {
  left.utf8.lexicographicallyPrecedes(right.utf8)
}
