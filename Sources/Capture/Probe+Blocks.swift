import Tensors

extension Probe {
  /// A probe that shows what is selected of a block at once, as soon as all of it is computed.
  /// - Parameters:
  ///   - selection: of activations inside of blocks
  ///   - consumer: is given the block's number and its activations by name
  public static func eachBlock(
    of selection: ActivationSelection,
    _ consumer: @escaping (_ block: Int, _ activations: [String: Tensor]) throws -> Void
  ) -> Probe {
    let counts = Dictionary(grouping: selection.points) { $0.components.dropLast() }
      .mapValues(\.count)
    var waiting: [ArraySlice<String>: [String: Tensor]] = [:]
    return Probe(selection) { point, activation in
      guard let block = point.block else {
        preconditionFailure("\(point.address) belongs to no block")
      }
      let module = point.components.dropLast()
      waiting[module, default: [:]][point.name] = activation
      guard let found = waiting[module], found.count == counts[module] else { return }
      waiting[module] = nil
      try consumer(block, found)
    }
  }
}
