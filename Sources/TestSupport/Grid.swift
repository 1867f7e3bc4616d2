import Tensors

/// A small array in double precision for reference computations, written for clarity.
public struct Grid: Sendable {
  public let shape: [Int]
  public var values: [Double]

  public init(shape: [Int], values: [Double]) {
    precondition(values.count == shape.product, "\(values.count) values for shape \(shape)")
    self.shape = shape
    self.values = values
  }

  public init(_ tensor: Tensor) {
    self.init(shape: tensor.shape, values: tensor.values.map(Double.init))
  }

  public init(_ scalar: Double) { self.init(shape: [], values: [scalar]) }

  /// `f` of every index, in row-major order.
  public init(_ shape: [Int], _ f: (_ index: [Int]) -> Double) {
    self.shape = shape
    values = []
    values.reserveCapacity(shape.product)
    var index = [Int](repeating: 0, count: shape.count)
    for _ in 0..<shape.product {
      values.append(f(index))
      var axis = shape.count - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
        axis -= 1
      }
    }
  }

  public subscript(_ index: [Int]) -> Double {
    var offset = 0
    for (i, extent) in zip(index, shape) {
      precondition(i >= 0 && i < extent, "index \(index) outside shape \(shape)")
      offset = offset * extent + i
    }
    return values[offset]
  }

  public subscript(_ index: Int...) -> Double { self[index] }

  /// The element that broadcasting puts at `index` of a larger shape.
  public subscript(broadcast index: [Int]) -> Double {
    self[zip(index.suffix(shape.count), shape).map { $1 == 1 ? 0 : $0 }]
  }

  public func map(_ f: (Double) -> Double) -> Grid { Grid(shape: shape, values: values.map(f)) }
}

/// Every shape of `rank` axes whose extents are among `extents`.
public func shapes(rank: Int, extents: [Int]) -> [[Int]] {
  if rank == 0 { return [[]] }
  return shapes(rank: rank - 1, extents: extents).flatMap { s in extents.map { s + [$0] } }
}
