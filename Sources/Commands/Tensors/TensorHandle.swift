import Canonical
import Diagnostics
import Experiments
import Foundation
import ScriptInterpreter
import Synchronization
import Tensors

/// A tensor as a value of scripts: float32 numbers on axes that may have names.
///
/// Axes are `[first, ..., last]` in memory order. Where two tensors meet, axes are matched from the
/// last one; two extents go together when they are equal or one of them is 1; two names go
/// together when they are equal or one of them is missing.
struct TensorHandle: NumericHandle {
  /// The most elements that one tensor of a script may have: 256 MiB.
  static let largestCount = 64 << 20

  let tensor: Tensor
  /// One for each axis; nil where an axis has no name.
  let axes: [String?]
  private let knownHash = KnownHash()

  init(_ tensor: Tensor, axes: [String?]? = nil) {
    let axes = axes ?? Array(repeating: nil, count: tensor.rank)
    precondition(axes.count == tensor.rank, "\(axes.count) names for shape \(tensor.shape)")
    self.tensor = tensor.detached()
    self.axes = axes
  }

  let typeName = "tensor"
  var count: Int { tensor.count }
  var byteCount: Int { 4 * tensor.count + 16 * tensor.rank }
  var weight: Int { 1 + tensor.count / 256 + axes.reduce(0) { $0 + ($1?.utf8.count ?? 0) / 16 } }
  var shape: [Int] { tensor.shape }

  /// SHA-256 over type, extents, names and little-endian numbers, all NaNs being one; found once.
  var contentHash: String { knownHash.value { computedHash } }

  private var computedHash: String {
    var hash = SHA256()
    hash.update(Array("float32 \(shape) \(axes.map { $0 ?? "" })\n".utf8))
    let values = tensor.values.map { $0.isNaN ? Float.nan : $0 }
    hash.update(values.span.bytes)
    return ContentHash(hash).hex
  }

  /// Small ones as a script writes them, larger ones by shape, range and hash.
  var description: String {
    if count <= 32, let values = try? nestedValues() {
      let names = axes.contains { $0 != nil }
      let suffix = names ? ", axes: \(Value.list(of: axes.map { .string($0 ?? "") }))" : ""
      return "tensor(\(values)\(suffix))"
    }
    return "tensor float32 \(shapeText), \(rangeText), \(contentHash.prefix(12))"
  }

  /// `[layer: 6, head: 4, 120]`
  var shapeText: String {
    "["
      + zip(shape, axes).map { extent, name in name.map { "\($0): \(extent)" } ?? "\(extent)" }
      .joined(separator: ", ") + "]"
  }

  /// The smallest and the largest number; says how many are none.
  var rangeText: String {
    let finite = tensor.values.filter(\.isFinite)
    guard let least = finite.min(), let most = finite.max() else { return "no finite value" }
    let odd = count - finite.count
    return "\(least)..\(most)" + (odd > 0 ? ", \(odd) not finite" : "")
  }

  let fieldNames = ["dtype", "shape", "axes", "rank", "count", "hash", "values"]

  func field(_ name: String) throws -> Value? {
    switch name {
    case "dtype": return .string("float32")
    case "shape": return .list(of: shape.map { .int($0) })
    case "axes": return .list(of: axes.map { .string($0 ?? "") })
    case "rank": return .int(tensor.rank)
    case "count": return .int(count)
    case "hash": return .string(contentHash)
    case "values": return try nestedValues()
    default: return nil
    }
  }

  /// The numbers as lists in lists, one level for each axis; a number where there is no axis.
  func nestedValues() throws -> Value {
    // Where an axis is empty, the lists around it still count.
    var lists = 1
    let parts = shape.reduce(0) { sum, extent in
      lists = CheckedSize.saturating(lists, extent)
      return CheckedSize.sum(sum, lists)
    }
    guard count <= 1_000_000, parts <= 2_000_000 else {
      throw CommandError(
        "\(max(count, parts)) values do not fit into a list; the limit is 1000000",
        code: .sizeLimit, suggestion: "slice the tensor first")
    }
    let values = tensor.values
    func nested(_ axis: Int, from start: Int, _ length: Int) -> Value {
      guard axis < shape.count else { return .float(Double(values[start])) }
      let inner = shape[axis] == 0 ? 0 : length / shape[axis]
      return .list(of: (0..<shape[axis]).map { nested(axis + 1, from: start + $0 * inner, inner) })
    }
    return nested(0, from: 0, count)
  }

  /// The axis of a name or number; negative numbers count from the end.
  func axis(_ value: Value) throws -> Int {
    switch value {
    case .string(let name):
      if let axis = axes.firstIndex(of: name) { return axis }
      let names = axes.compactMap { $0 }
      throw CommandError(
        "the tensor \(shapeText) has no axis \"\(name)\"", code: .unknownField,
        suggestion: Spelling.suggestion(for: name, among: names)
          ?? (names.isEmpty ? "its axes have no names; use a number" : nil))
    case .int(let number):
      let axis = number < 0 ? number + tensor.rank : number
      if axis >= 0, axis < tensor.rank { return axis }
      throw CommandError(
        "axis \(number) is out of range for the tensor \(shapeText)", code: .indexOutOfRange)
    default:
      throw CommandError("expected an axis name or number, got \(value.summary)", code: .wrongType)
    }
  }
}

/// The hash of one tensor, which never changes.
private final class KnownHash: Sendable {
  private let known = Mutex<String?>(nil)

  func value(_ compute: () -> String) -> String {
    known.withLock { known in
      if let known { return known }
      let hash = compute()
      known = hash
      return hash
    }
  }
}
