import Canonical
import Diagnostics
import ScriptChecker
import ScriptSyntax

/// The arguments of one call of a command: checked against the signature, defaults filled in.
///
/// The accessors throw a `Diagnostic` at the argument's place when the value is of another type,
/// which happens only where the signature leaves the type open.
public struct BoundArguments: Sendable {
  public let signature: CommandSignature
  /// The span of the complete call.
  public let span: SourceSpan
  /// In the order of `signature.parameters`.
  private let values: [Value]
  /// Where each argument stands; nil for defaults.
  private let spans: [SourceSpan?]

  init(signature: CommandSignature, span: SourceSpan, values: [Value], spans: [SourceSpan?]) {
    self.signature = signature
    self.span = span
    self.values = values
    self.spans = spans
  }

  /// The value of a parameter. The name must be one of the signature's.
  public subscript(name: String) -> Value { values[index(name)] }

  /// Whether the argument was written, rather than left to its default.
  public func isGiven(_ name: String) -> Bool { spans[index(name)] != nil }

  /// The place of an argument; that of the call for defaults.
  public func span(of name: String) -> SourceSpan { spans[index(name)] ?? span }

  /// All parameters with their values, in the signature's order.
  public var all: [(name: String, value: Value)] {
    zip(signature.parameters, values).map { ($0.name, $1) }
  }

  /// Name and content of every argument, defaults included, in byte order of the names: the part
  /// of a cache key that the call's arguments make up.
  public var canonicalBytes: [UInt8] {
    var encoder = CanonicalEncoder()
    let sorted = all.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    encoder.append(sorted.count)
    for (name, value) in sorted {
      encoder.append(name)
      value.encode(into: &encoder)
    }
    return encoder.bytes
  }

  public func bool(_ name: String) throws -> Bool {
    if case .bool(let value) = self[name] { return value }
    throw mismatch(name, .bool)
  }

  public func int(_ name: String) throws -> Int {
    if case .int(let value) = self[name] { return value }
    throw mismatch(name, .int)
  }

  public func float(_ name: String) throws -> Double {
    switch self[name] {
    case .float(let value): return value
    case .int(let value): return Double(value)
    default: throw mismatch(name, .float)
    }
  }

  public func string(_ name: String) throws -> String {
    if case .string(let value) = self[name] { return value }
    throw mismatch(name, .string)
  }

  /// The elements of a list or range.
  public func list(_ name: String) throws -> [Value] {
    if case .list(let list)? = self[name].converted(to: .list) { return list.elements }
    throw mismatch(name, .list)
  }

  public func ints(_ name: String) throws -> [Int] {
    try elements(name, .int) { if case .int(let value) = $0 { value } else { nil } }
  }

  public func floats(_ name: String) throws -> [Double] {
    try elements(name, .float) { value in
      switch value {
      case .float(let number): return number
      case .int(let number): return Double(number)
      default: return nil
      }
    }
  }

  public func strings(_ name: String) throws -> [String] {
    try elements(name, .string) { if case .string(let value) = $0 { value } else { nil } }
  }

  public func record(_ name: String) throws -> RecordValue {
    if case .record(let value) = self[name] { return value }
    throw mismatch(name, .record)
  }

  public func range(_ name: String) throws -> RangeValue {
    if case .range(let value) = self[name] { return value }
    throw mismatch(name, .range)
  }

  public func function(_ name: String) throws -> FunctionValue {
    if case .function(let value) = self[name] { return value }
    throw mismatch(name, .function)
  }

  /// The host's own object behind a handle.
  public func handle<Handle: HandleValue>(
    _ name: String, as type: Handle.Type = Handle.self
  ) throws -> Handle {
    if case .handle(let handle) = self[name], let handle = handle as? Handle { return handle }
    throw mismatch(name, signature.parameter(name)?.type ?? .any)
  }

  /// The host's objects in a list of handles.
  public func handles<Handle: HandleValue>(
    _ name: String, as type: Handle.Type = Handle.self
  ) throws -> [Handle] {
    try elements(name, signature.parameter(name)?.type ?? .any) {
      if case .handle(let handle) = $0 { handle as? Handle } else { nil }
    }
  }

  /// The value, or nil where it is `none`: `try arguments.optional("by", arguments.function)`.
  public func optional<Result>(
    _ name: String, _ read: (String) throws -> Result
  ) rethrows -> Result? {
    if case .none = self[name] { return nil }
    return try read(name)
  }

  /// An error about an argument, at its place.
  public func failure(
    _ name: String, _ message: String, code: DiagnosticCode = .invalidValue,
    suggestion: String? = nil
  ) -> Diagnostic {
    Diagnostic(
      code, "`\(name)` of `\(signature.name)` \(message)", at: span(of: name),
      suggestion: suggestion)
  }

  private func elements<Element>(
    _ name: String, _ type: ValueType, _ read: (Value) -> Element?
  ) throws -> [Element] {
    let list = try list(name)
    let values = list.compactMap(read)
    guard values.count == list.count else { throw mismatch(name, .list(type)) }
    return values
  }

  private func mismatch(_ name: String, _ type: ValueType) -> Diagnostic {
    failure(name, "expects \(type), got \(self[name].summary)", code: .wrongType)
  }

  private func index(_ name: String) -> Int {
    guard let index = signature.parameters.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("\(signature.name) has no parameter \(name)")
    }
    return index
  }
}
