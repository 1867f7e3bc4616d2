import Tensors

/// What a forward pass is handed to show its activations: each selected one, as it is computed.
///
/// A pass goes down with `probe["blocks"][2]` and shows with `record`. What is not selected is
/// neither computed nor kept, and no bit of a result depends on what is. An error that the
/// consumer throws stops the pass.
public struct Probe {
  public typealias Consumer = (_ point: ActivationPoint, _ activation: Tensor) throws -> Void

  private let node: ActivationSelection.Node?
  private let consumer: Consumer
  /// The queries whose attention is wanted, with history; all if nil.
  public let queries: [Int]?

  private init(_ node: ActivationSelection.Node?, _ queries: [Int]?, _ consumer: @escaping Consumer)
  {
    self.node = node
    self.queries = queries
    self.consumer = consumer
  }

  /// - Parameter consumer: is shown every selected activation in the order of the pass, with the
  ///   history that gradients need, if it has one
  public init(_ selection: ActivationSelection, _ consumer: @escaping Consumer) {
    self.init(selection.points.isEmpty ? nil : selection.root, selection.queries, consumer)
  }

  /// Shows nothing.
  public static var none: Probe { Probe(nil, nil) { _, _ in } }

  /// Whether anything is selected here or deeper.
  public var isActive: Bool { node != nil }

  /// The part of the probe for a module.
  public subscript(_ module: String) -> Probe {
    guard let node else { return self }
    return Probe(node.children[module], queries, consumer)
  }

  /// The part of the probe for a block.
  public subscript(_ block: Int) -> Probe {
    node == nil ? self : self[String(block)]
  }

  /// Whether an activation of this module is selected.
  public func wants(_ name: String) -> Bool { node?.children[name]?.point != nil }

  /// Shows an activation of this module if it is selected, and computes it only then. Its shape
  /// is compared with the declared one.
  public func record(_ name: String, _ activation: @autoclosure () throws -> Tensor) throws {
    guard let point = node?.children[name]?.point else { return }
    let tensor = try activation()
    if let mismatch = point.mismatch(tensor.shape) { preconditionFailure(mismatch) }
    try consumer(point, tensor)
  }
}

extension Probe {
  /// Runs a pass that shows nothing and fails only by its consumer: it cannot fail.
  public static func unused<Result>(_ pass: (Probe) throws -> Result) -> Result {
    do {
      return try pass(.none)
    } catch {
      preconditionFailure("a pass without a consumer threw \(error)")
    }
  }
}
