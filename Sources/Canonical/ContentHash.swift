import Foundation

/// A SHA-256 hash as 64 lower-case hexadecimal digits.
public struct ContentHash: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let hex: String

  /// - Parameter hex: 64 hexadecimal digits; nil for anything else
  public init?(hex: some StringProtocol) {
    let digits = Array(hex.utf8)
    let valid = digits.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    guard digits.count == 64, valid else { return nil }
    self.hex = String(hex)
  }

  public init(of bytes: some ContiguousBytes) {
    var hash = SHA256()
    hash.update(bytes)
    self.init(hash)
  }

  /// The hash of everything that was added to `hash`.
  public init(_ hash: SHA256) {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in hash.digest() {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    hex = String(decoding: text, as: UTF8.self)
  }

  /// The first 16 digits, enough to tell the results of a project apart.
  public var short: String { String(hex.prefix(16)) }
  public var description: String { hex }
  public static func < (a: ContentHash, b: ContentHash) -> Bool { a.hex < b.hex }
}
