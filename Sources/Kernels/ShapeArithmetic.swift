extension Array where Element == Int {
  /// Number of elements of a tensor of this shape.
  public var product: Int { reduce(1, *) }

  /// Row-major strides in elements.
  public var rowMajorStrides: [Int] {
    var strides = [Int](repeating: 1, count: count)
    for axis in stride(from: count - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * self[axis + 1]
    }
    return strides
  }
}
