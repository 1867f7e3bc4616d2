import Kernels
import Ranks

extension Tensor {
  /// Axes in another order: axis `i` of the result is axis `order[i]` of this tensor.
  public func permuted(_ order: [Int]) -> Tensor {
    precondition(order.sorted() == Array(0..<rank), "permutation \(order) of shape \(shape)")
    let newShape = order.map { shape[$0] }
    let own = shape.rowMajorStrides
    let strides = order.map { own[$0] }
    let result = Tensor.computed(newShape) {
      StridedCopy(shape: newShape, strides: strides).copy(storage, to: $0)
    }
    guard let node = gradientNode else { return result }
    var inverse = order
    for (i, axis) in order.enumerated() { inverse[axis] = i }
    return result.recording([node]) { [inverse] gradient, sink in
      sink.add(gradient.detached().permuted(inverse), to: node, owned: true)
    }
  }

  /// Exchanges two axes.
  public func transposed(_ a: Int, _ b: Int) -> Tensor {
    var order = Array(0..<rank)
    order.swapAt(a < 0 ? a + rank : a, b < 0 ? b + rank : b)
    return permuted(order)
  }

  /// Elements `range` of one axis.
  public func slice(_ axis: Int, _ range: Range<Int>) -> Tensor {
    let axis = axis < 0 ? axis + rank : axis
    let extent = shape[axis]
    precondition(
      range.lowerBound >= 0 && range.upperBound <= extent, "slice \(range) of \(shape) at \(axis)")
    let inner = shape[(axis + 1)...].reduce(1, *)
    let outer = shape[..<axis].reduce(1, *)
    var newShape = shape
    newShape[axis] = range.count
    let run = range.count * inner
    let place = (start: range.lowerBound * inner, step: extent * inner)
    let copy = RowCopy(source: place, target: (0, run))
    let result = Tensor.computed(newShape) { out in
      Workers.forEachPart(of: outer, width: run) { copy.copy(storage, to: out, rows: $0, $1) }
    }
    guard let node = gradientNode else { return result }
    let original = shape
    return result.recording([node]) { gradient, sink in
      sink.accumulate(to: node, shape: original) { sum, beta in
        if beta == 0 { sum.fill(0) }
        RowCopy(source: (0, run), target: place).accumulate(
          gradient.storage, onto: sum, rows: 0..<outer, width: run)
      }
    }
  }

  /// Equal parts along an axis.
  public func split(_ axis: Int, into parts: Int) -> [Tensor] {
    let width = extent(axis) / parts
    precondition(width * parts == extent(axis), "\(extent(axis)) into \(parts) equal parts")
    return (0..<parts).map { slice(axis, $0 * width..<($0 + 1) * width) }
  }

  /// Joins tensors that agree in every other axis.
  public static func concatenate(_ parts: [Tensor], axis: Int) -> Tensor {
    precondition(!parts.isEmpty, "concatenation of no tensors")
    let rank = parts[0].rank
    let axis = axis < 0 ? axis + rank : axis
    var shape = parts[0].shape
    for part in parts.dropFirst() {
      precondition(
        part.rank == rank
          && (0..<rank).allSatisfy { $0 == axis || part.shape[$0] == shape[$0] },
        "concatenation of \(parts.map(\.shape)) along axis \(axis)")
      shape[axis] += part.shape[axis]
    }
    let outer = shape[..<axis].reduce(1, *)
    let runs = parts.map { $0.shape[axis...].reduce(1, *) }
    let total = runs.reduce(0, +)
    let result = computed(shape) { out in
      var offset = 0
      for (tensor, run) in zip(parts, runs) {
        let copy = RowCopy(source: (0, run), target: (offset, total))
        Workers.forEachPart(of: outer, width: run) {
          copy.copy(tensor.storage, to: out, rows: $0, $1)
        }
        offset += run
      }
    }
    let inputs = parts.compactMap(\.gradientNode)
    if inputs.isEmpty { return result }
    let nodes = parts.map(\.gradientNode)
    let shapes = parts.map(\.shape)
    return result.recording(inputs) { gradient, sink in
      var offset = 0
      for (index, run) in runs.enumerated() {
        let start = offset
        sink.accumulate(to: nodes[index], shape: shapes[index]) { sum, beta in
          let copy = RowCopy(source: (start, total), target: (0, run))
          if beta == 0 {
            copy.copy(gradient.storage, to: sum, rows: 0..<outer, 0..<run)
          } else {
            copy.accumulate(gradient.storage, onto: sum, rows: 0..<outer, width: run)
          }
        }
        offset += run
      }
    }
  }

  /// Rows of the first axis by index; an embedding table's lookup. Repeats are allowed.
  /// - Returns: `[indices, ...]` for `self [rows, ...]`.
  public func rows(_ indices: [Int]) -> Tensor {
    let height = shape[0]
    precondition(
      indices.allSatisfy { $0 >= 0 && $0 < height }, "row index outside 0..<\(height): \(indices)")
    let inner = shape.dropFirst().reduce(1, *)
    let result = Tensor.computed([indices.count] + shape.dropFirst()) {
      storage.widenRows(indices, width: inner, into: $0)
    }
    guard let node = gradientNode else { return result }
    let original = shape
    return result.recording([node]) { gradient, sink in
      sink.accumulate(to: node, shape: original) { sum, beta in
        if beta == 0 { sum.fill(0) }
        IndexedRows.accumulate(gradient.storage, onto: sum, indices, width: inner)
      }
    }
  }

  /// This tensor with its rows `indices` (each at most once) replaced by those of `values`.
  public func replacingRows(_ indices: [Int], with values: Tensor) -> Tensor {
    precondition(
      values.shape.first == indices.count && values.shape.dropFirst() == shape.dropFirst(),
      "rows \(values.shape) into \(shape)")
    let inner = shape.dropFirst().reduce(1, *)
    let result = copied()
    IndexedRows.replace(in: result.storage, indices, with: values.storage, width: inner)
    let inputs = [gradientNode, values.gradientNode].compactMap { $0 }
    if inputs.isEmpty { return result }
    let (nodeSelf, nodeValues) = (gradientNode, values.gradientNode)
    return result.recording(inputs) { gradient, sink in
      if nodeValues != nil {
        sink.add(gradient.detached().rows(indices), to: nodeValues, owned: true)
      }
      if nodeSelf != nil {
        let masked = gradient.copied()
        for row in indices { masked.storage.fill(row * inner..<(row + 1) * inner, 0) }
        sink.add(masked, to: nodeSelf, owned: true)
      }
    }
  }
}
