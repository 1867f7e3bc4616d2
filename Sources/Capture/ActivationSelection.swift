/// The activations that a pass is asked for: patterns, resolved against a model's table. Select
/// once; every pass of every thread can use the selection.
public struct ActivationSelection: Sendable {
  /// In the order of the table.
  public let points: [ActivationPoint]
  /// The queries whose attention is computed, with history; all of them, without, if nil.
  public let queries: [Int]?
  let root: Node

  /// What is selected at and below a component of the addresses.
  final class Node: Sendable {
    let children: [String: Node]
    let point: ActivationPoint?

    init(_ points: [ActivationPoint], depth: Int) {
      point = points.first { $0.components.count == depth }
      let deeper = points.filter { $0.components.count > depth }
      children = Dictionary(grouping: deeper) { $0.components[depth] }
        .mapValues { Node($0, depth: depth + 1) }
    }
  }

  private init(_ points: [ActivationPoint], _ queries: [Int]?, _ root: Node) {
    self.points = points
    self.queries = queries
    self.root = root
  }

  /// - Parameter queries: rows of the sequence, in the order in which they are wanted
  /// - Throws: ``CaptureError`` if a pattern matches nothing
  public init(
    _ patterns: [ActivationPattern], queries: [Int]? = nil, of table: ActivationTable
  ) throws {
    for pattern in patterns where !table.points.contains(where: pattern.matches) {
      throw CaptureError.noMatch(pattern.description, nearest: pattern.nearest(in: table))
    }
    points = table.points.filter { point in patterns.contains { $0.matches(point) } }
    self.queries = queries
    root = Node(points, depth: 0)
    if queries != nil { try requireQueries() }
  }

  /// The same activations for other queries, without resolving the patterns again.
  /// - Throws: ``CaptureError`` if an activation cannot be computed for some queries alone
  public func with(queries: [Int]) throws -> ActivationSelection {
    try requireQueries()
    return ActivationSelection(points, queries, root)
  }

  private func requireQueries() throws {
    if let point = points.first(where: { !$0.selectsQueries }) {
      throw CaptureError.queries(address: point.address)
    }
  }

  /// - Parameter pattern: such as `blocks.*.{queries,keys}`; several are separated by commas
  /// - Throws: ``CaptureError`` if a pattern is not valid or matches nothing
  public init(
    _ pattern: String, queries: [Int]? = nil, of table: ActivationTable
  ) throws {
    try self.init(ActivationPattern.list(pattern), queries: queries, of: table)
  }
}
