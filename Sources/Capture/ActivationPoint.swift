/// A place in a model whose activation can be read: an address such as `blocks.2.attention`, and
/// the shape that is declared for it.
public struct ActivationPoint: Hashable, Sendable {
  /// One axis of a declared shape.
  public struct Axis: Hashable, Sendable, CustomStringConvertible {
    /// The one vocabulary of axes.
    public enum Label: String, Hashable, Sendable, CaseIterable {
      case batch
      case frames
      case height
      case width
      case channels
      case tokens
      case heads
      case headDim
      case queries
      case keys
    }

    public let label: Label
    /// What the configuration fixes; nil where the input decides.
    public let extent: Int?

    public init(_ label: Label, _ extent: Int? = nil) {
      self.label = label
      self.extent = extent
    }

    public static let batch = Axis(.batch)
    public static let tokens = Axis(.tokens)
    public static let queries = Axis(.queries)
    public static let keys = Axis(.keys)
    public static func channels(_ extent: Int) -> Axis { Axis(.channels, extent) }
    public static func heads(_ extent: Int) -> Axis { Axis(.heads, extent) }
    public static func headDim(_ extent: Int) -> Axis { Axis(.headDim, extent) }

    public var description: String { label.rawValue + (extent.map { "=\($0)" } ?? "") }
  }

  /// The path to the activation: modules from the outside in, then the activation's own name.
  public let components: [String]
  /// In memory order.
  public let axes: [Axis]
  /// Whether a pass can compute the activation for some queries alone.
  public let selectsQueries: Bool

  /// - Parameter path: components joined by dots
  public init(_ path: String, _ axes: [Axis], selectsQueries: Bool = false) {
    self.init(path.split(separator: ".").map(String.init), axes, selectsQueries)
  }

  private init(_ components: [String], _ axes: [Axis], _ selectsQueries: Bool) {
    self.components = components
    self.axes = axes
    self.selectsQueries = selectsQueries
  }

  public var address: String { components.joined(separator: ".") }

  /// The last component: `attention`.
  public var name: String { components.last ?? "" }

  /// The number of the block or layer that the activation belongs to.
  public var block: Int? { components.lazy.reversed().compactMap { Int($0) }.first }

  /// `[batch, heads=4, queries, keys]`
  public var shapeDescription: String {
    "[" + axes.map(\.description).joined(separator: ", ") + "]"
  }

  /// The same activation in a module of a larger model.
  func inside(_ module: String) -> ActivationPoint {
    ActivationPoint([module] + components, axes, selectsQueries)
  }

  /// Why a tensor of this shape is not the declared activation; nil if it can be.
  public func mismatch(_ shape: [Int]) -> String? {
    let declared = "\(address): shape \(shape), declared \(shapeDescription)"
    guard shape.count == axes.count else { return declared }
    var extents: [Axis.Label: Int] = [:]
    for (axis, extent) in zip(axes, shape) {
      let expected = axis.extent ?? extents[axis.label] ?? extent
      if extent != expected { return declared + ": \(axis.label.rawValue) is \(extent)" }
      extents[axis.label] = extent
    }
    return nil
  }
}
