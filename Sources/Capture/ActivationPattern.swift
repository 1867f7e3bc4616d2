import Diagnostics

/// Which addresses are meant: component by component, `*` for any component and `{0,2}` for one of
/// several. `blocks.*.attention`, `blocks.{0,2}.output`.
public struct ActivationPattern: Hashable, Sendable, CustomStringConvertible {
  private enum Component: Hashable, Sendable {
    case any
    case oneOf([String])

    func matches(_ text: String) -> Bool {
      switch self {
      case .any: true
      case .oneOf(let names): names.contains(text)
      }
    }
  }

  public let description: String
  private let components: [Component]

  /// - Throws: ``CaptureError``
  public init(_ text: String) throws {
    description = text
    components = try text.split(separator: ".", omittingEmptySubsequences: false).map { part in
      if part == "*" { return .any }
      var names = [part]
      if part.hasPrefix("{"), part.hasSuffix("}") {
        names = part.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
      }
      for name in names {
        if name.isEmpty { throw CaptureError.pattern(text, reason: "a component is empty") }
        if let symbol = name.first(where: { "*{},".contains($0) }) {
          throw CaptureError.pattern(
            text, reason: "'\(symbol)' in '\(part)'; a component is a name, * or {a,b}")
        }
      }
      return .oneOf(names.map(String.init))
    }
  }

  /// Patterns separated by commas outside of braces.
  /// - Throws: ``CaptureError``
  public static func list(_ text: String) throws -> [ActivationPattern] {
    var parts = [""]
    var isInside = false
    for character in text {
      if character == "{" { isInside = true }
      if character == "}" { isInside = false }
      if character == ",", !isInside {
        parts.append("")
      } else if character != " " {
        parts[parts.count - 1].append(character)
      }
    }
    return try parts.map { try ActivationPattern($0) }
  }

  public func matches(_ point: ActivationPoint) -> Bool {
    components.count == point.components.count
      && zip(components, point.components).allSatisfy { $0.matches($1) }
  }

  /// The pattern for the addresses closest to this one, if they resemble it: components that
  /// match are kept, others are replaced.
  func nearest(in table: ActivationTable) -> String? {
    let own = description.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let ranked = table.points.map { ($0, cost(of: $0.components, own)) }
    guard let best = ranked.min(by: { $0.1 < $1.1 }) else { return nil }
    let address = best.0.components
    guard best.1 <= max(3, best.0.address.count / 2) else { return nil }
    guard address.count == own.count else { return best.0.address }
    return zip(components.indices, address)
      .map { components[$0].matches($1) ? own[$0] : $1 }.joined(separator: ".")
  }

  /// Edits that turn the pattern into an address that it would match, where a component that
  /// matches costs nothing and one that is missing costs its length.
  private func cost(of address: [String], _ own: [String]) -> Int {
    var line = [0]
    for part in address { line.append(line[line.count - 1] + part.count) }
    for (row, component) in components.enumerated() {
      var next = [line[0] + own[row].count]
      for (column, part) in address.enumerated() {
        let change = component.matches(part) ? 0 : Spelling.editDistance(own[row], part)
        next.append(
          min(line[column] + change, line[column + 1] + own[row].count, next[column] + part.count))
      }
      line = next
    }
    return line[line.count - 1]
  }
}
