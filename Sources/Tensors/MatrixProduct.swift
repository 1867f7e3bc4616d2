import Kernels
import Ranks

extension Tensor {
  /// `x W^T + b`, the linear layer.
  /// - Parameters:
  ///   - weight: `[out, in]`
  ///   - bias: `[out]`
  /// - Returns: `[..., out]` for `self [..., in]`.
  public func linear(_ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
    precondition(
      weight.rank == 2 && extent(-1) == weight.shape[1], "linear \(shape) by \(weight.shape)")
    let (out, width) = (weight.shape[0], weight.shape[1])
    let rows = shape.dropLast().reduce(1, *)
    let product = WeightProduct(rows: rows, width: width, outputs: out)
    let result = Tensor.computed(Array(shape.dropLast()) + [out]) { y in
      product.apply(storage, weight.storage, bias: bias?.storage, into: y)
    }
    let inputs = [gradientNode, weight.gradientNode, bias?.gradientNode].compactMap { $0 }
    if inputs.isEmpty { return result }
    let (x, w) = (detached(), weight.detached())
    let (nodeX, nodeW, nodeB) = (gradientNode, weight.gradientNode, bias?.gradientNode)
    return result.recording(inputs) { gradient, sink in
      let dy = gradient.storage
      sink.accumulate(to: nodeX, shape: x.shape) { sum, beta in
        product.inputGradients(dy, w.storage, into: sum, beta: beta)
      }
      sink.accumulate(to: nodeW, shape: w.shape) { sum, beta in
        product.weightGradients(dy, x.storage, into: sum, beta: beta)
      }
      sink.accumulate(to: nodeB, shape: [out]) { sum, beta in
        if beta == 0 { sum.fill(0) }
        product.biasGradient(dy, addingTo: sum)
      }
    }
  }

  /// Batched matrix product `[..., m, k] x [..., k, n] -> [..., m, n]`. Leading axes must be equal
  /// or absent on the right. `transposed` reads the right side as `[..., n, k]`.
  public func matmul(_ other: Tensor, transposed: Bool = false) -> Tensor {
    precondition(rank >= 2 && other.rank >= 2, "matmul \(shape) by \(other.shape)")
    let batch = Array(shape.dropLast(2))
    let shared = other.rank == 2 && !batch.isEmpty
    precondition(
      shared || batch == Array(other.shape.dropLast(2)), "matmul \(shape) by \(other.shape)")
    let (m, k) = (extent(-2), extent(-1))
    let n = other.extent(transposed ? -2 : -1)
    precondition(k == other.extent(transposed ? -1 : -2), "matmul \(shape) by \(other.shape)")
    let product = BatchedProduct(
      batches: batch.product, m: m, n: n, k: k, isTransposed: transposed, isShared: shared)
    let result = Tensor.computed(batch + [m, n]) { out in
      if product.operations >= Workers.leastOperations {
        Workers.forEach(product.batches) {
          product.forward(storage, other.storage, into: out, $0..<$0 + 1)
        }
      } else {
        product.forward(storage, other.storage, into: out, 0..<product.batches)
      }
    }
    let inputs = [gradientNode, other.gradientNode].compactMap { $0 }
    if inputs.isEmpty { return result }
    let (a, b) = (detached(), other.detached())
    let (nodeA, nodeB) = (gradientNode, other.gradientNode)
    return result.recording(inputs) { gradient, sink in
      sink.accumulate(to: nodeA, shape: a.shape) { sum, beta in
        product.leftGradient(gradient.storage, b.storage, into: sum, beta: beta)
      }
      sink.accumulate(to: nodeB, shape: b.shape) { sum, beta in
        product.rightGradient(gradient.storage, a.storage, into: sum, beta: beta)
      }
    }
  }
}
