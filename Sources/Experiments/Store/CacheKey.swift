import Canonical
import JSON

/// Everything that determines a result, and nothing else: equal keys guarantee equal bits.
///
/// Comments, formatting, labels, threads and the tool's own version are not part of it. Each part
/// also carries a short text for messages (`steps 20 -> 25`), which does not enter the hash.
public struct CacheKey: Hashable, Sendable, CustomStringConvertible {
  /// Raised when the encoding of keys or results changes; old results then always miss.
  public static let schema = 1

  /// Raised when the bits of what all commands share change: products, sums, exponentials. Results
  /// and locks of another arithmetic are right, but not to the bit.
  public static let arithmetic = 2

  /// One argument of a command in canonical form.
  public struct Argument: Hashable, Sendable {
    public let name: String
    /// Hash of the canonical bytes of the value.
    public let hash: ContentHash
    /// A short text for messages.
    public let shown: String
    /// The key of the command that made the value, where a command did; no part of the hash, which
    /// covers it already.
    public let source: ContentHash?

    /// - Parameter bytes: what ``CanonicalEncoder`` makes of the value, or of its content hash
    public init(_ name: String, bytes: [UInt8], shown: String, source: ContentHash? = nil) {
      self.init(name, hash: ContentHash(of: bytes), shown: shown, source: source)
    }

    public init(_ name: String, hash: ContentHash, shown: String, source: ContentHash? = nil) {
      self.name = name
      self.hash = hash
      self.shown = shown
      self.source = source
    }
  }

  public let command: String
  /// Version of the command's numerics: raised when its numbers change, not with every release.
  public let numerics: Int
  /// Normalised arguments, defaults filled in, sorted by name.
  public let arguments: [Argument]
  /// Name of the random stream; empty for a command that draws nothing.
  public let stream: String
  /// `portable` or `fast`.
  public let precision: String
  /// The arithmetic that the result was computed with: ``CacheKey/arithmetic``, but in a
  /// key that was read.
  public let arithmetic: Int
  /// SHA-256 of all parts.
  public let hash: ContentHash

  public init(
    command: String, numerics: Int, arguments: [Argument], stream: String = "",
    precision: String = "portable", arithmetic: Int = Self.arithmetic
  ) {
    self.command = command
    self.numerics = numerics
    self.arguments = arguments.sorted {
      $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
    }
    self.stream = stream
    self.precision = precision
    self.arithmetic = arithmetic
    var encoder = CanonicalEncoder()
    encoder.encode(Self.schema)
    encoder.encode(command)
    encoder.encode(numerics)
    encoder.encodeRecord(
      arguments.map { argument in
        (argument.name, CanonicalEncoder.bytes { $0.encode(argument.hash.hex) })
      })
    encoder.encode(stream)
    encoder.encode(precision)
    // Keys of the first arithmetic do not name it.
    if arithmetic > 1 { encoder.encode(arithmetic) }
    hash = encoder.digest
  }

  public var hex: String { hash.hex }
  public var description: String { "\(command) \(hash.short)" }
  public static func == (a: CacheKey, b: CacheKey) -> Bool { a.hash == b.hash }
  public func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

// MARK: - Why a key changed

/// One part in which two keys differ.
public struct KeyDifference: Hashable, Sendable, CustomStringConvertible {
  public let part: String
  public let before: String?
  public let after: String?

  public var description: String {
    switch (before, after) {
    case (let before?, let after?) where before == after: "\(part) changed content (\(after))"
    case (let before?, let after?): "\(ResultTitle.text(part, before)) -> \(after)"
    case (nil, let after?): "\(ResultTitle.text(part, after)) is new"
    case (let before?, nil): "\(ResultTitle.text(part, before)) was removed"
    case (nil, nil): part
    }
  }
}

extension CacheKey {
  /// The parts in which this key differs from an earlier one, for `merepl why`.
  public func differences(from earlier: CacheKey) -> [KeyDifference] {
    var found: [KeyDifference] = []
    func compare(_ part: String, _ before: String, _ after: String) {
      if before != after { found.append(KeyDifference(part: part, before: before, after: after)) }
    }
    compare("command", earlier.command, command)
    compare("numerics version", String(earlier.numerics), String(numerics))
    compare("arithmetic", String(earlier.arithmetic), String(arithmetic))
    let before = Dictionary(earlier.arguments.map { ($0.name, $0) }) { $1 }
    let after = Dictionary(arguments.map { ($0.name, $0) }) { $1 }
    for name in Set(before.keys).union(after.keys).sorted() {
      if before[name]?.hash == after[name]?.hash { continue }
      found.append(
        KeyDifference(part: name, before: before[name]?.shown, after: after[name]?.shown))
    }
    compare("random stream", earlier.stream, stream)
    compare("precision", earlier.precision, precision)
    return found
  }
}

// MARK: - As stored beside a result

extension CacheKey {
  /// The parts as JSON; ``init(json:)`` reads them back.
  public var json: JSONValue {
    [
      "schema": .int(Self.schema), "arithmetic": .int(arithmetic), "command": .string(command),
      "numerics": .int(numerics),
      "arguments": .array(
        arguments.map {
          JSONValue(
            members: [
              ("name", .string($0.name)), ("hash", .string($0.hash.hex)),
              ("shown", .string($0.shown)),
            ] + ($0.source.map { [("source", .string($0.hex))] } ?? []))
        }),
      "stream": .string(stream), "precision": .string(precision),
    ]
  }

  /// - Throws: ``JSONError`` when a part is missing or has another type.
  public init(json: some JSONReadable) throws {
    let arguments = try json.objects("arguments").map { node in
      let text = try node.string("hash")
      guard let hash = ContentHash(hex: text) else {
        throw JSONError.mismatch(path: node.path, expected: "a SHA-256 hash", found: text)
      }
      return Argument(
        try node.string("name"), hash: hash, shown: try node.string("shown"),
        source: try node.find("source").flatMap { ContentHash(hex: try $0.asString()) })
    }
    var names: Set<[UInt8]> = []
    if let twice = arguments.first(where: { !names.insert(Array($0.name.utf8)).inserted }) {
      throw JSONError.mismatch(
        path: json.path, expected: "distinct argument names", found: "'\(twice.name)' twice")
    }
    self.init(
      command: try json.string("command"), numerics: try json.int("numerics"),
      arguments: arguments, stream: try json.string("stream"),
      precision: try json.string("precision"),
      arithmetic: try json.find("arithmetic")?.asInt() ?? 1)
  }
}
