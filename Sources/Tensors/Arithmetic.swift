import Kernels
import Ranks

extension Tensor {
  /// An operation over broadcast pairs of elements, without history.
  private static func combine(_ operation: PairOperation, _ a: Tensor, _ b: Tensor) -> Tensor {
    let (x, y) = (a.storage, b.storage)
    if a.shape == b.shape {
      return .computed(a.shape) { out in
        Workers.forEachBlock(of: a.count) {
          Elementwise.combine(operation, x, y, into: out, $0)
        }
      }
    }
    let plan = Broadcast(a.shape, b.shape)
    return .computed(plan.shape) { out in
      Workers.forEachBlock(of: plan.runs, width: plan.runLength) {
        plan.combine(operation, x, y, into: out, runs: $0)
      }
    }
  }

  private static func nodes(_ a: Tensor, _ b: Tensor) -> [GradientNode] {
    [a.gradientNode, b.gradientNode].compactMap { $0 }
  }

  public static func + (a: Tensor, b: Tensor) -> Tensor {
    let result = combine(.sum, a, b)
    let inputs = nodes(a, b)
    if inputs.isEmpty { return result }
    let (nodeA, nodeB, shapeA, shapeB) = (a.gradientNode, b.gradientNode, a.shape, b.shape)
    return result.recording(inputs) { gradient, sink in
      if nodeA != nil {
        sink.add(gradient.reduced(to: shapeA), to: nodeA, owned: shapeA != gradient.shape)
      }
      if nodeB != nil {
        sink.add(gradient.reduced(to: shapeB), to: nodeB, owned: shapeB != gradient.shape)
      }
    }
  }

  public static func - (a: Tensor, b: Tensor) -> Tensor {
    let result = combine(.difference, a, b)
    let inputs = nodes(a, b)
    if inputs.isEmpty { return result }
    let (nodeA, nodeB, shapeA, shapeB) = (a.gradientNode, b.gradientNode, a.shape, b.shape)
    return result.recording(inputs) { gradient, sink in
      if nodeA != nil {
        sink.add(gradient.reduced(to: shapeA), to: nodeA, owned: shapeA != gradient.shape)
      }
      if nodeB != nil {
        sink.add(gradient.reduced(to: shapeB).scaled(by: -1), to: nodeB, owned: true)
      }
    }
  }

  public static func * (a: Tensor, b: Tensor) -> Tensor {
    let result = combine(.product, a, b)
    let inputs = nodes(a, b)
    if inputs.isEmpty { return result }
    let (x, y) = (a.detached(), b.detached())
    let (nodeA, nodeB) = (a.gradientNode, b.gradientNode)
    return result.recording(inputs) { gradient, sink in
      if nodeA != nil {
        sink.add(combine(.product, gradient, y).reduced(to: x.shape), to: nodeA, owned: true)
      }
      if nodeB != nil {
        sink.add(combine(.product, gradient, x).reduced(to: y.shape), to: nodeB, owned: true)
      }
    }
  }

  public static func / (a: Tensor, b: Tensor) -> Tensor {
    let result = combine(.quotient, a, b)
    let inputs = nodes(a, b)
    if inputs.isEmpty { return result }
    let (x, y) = (a.detached(), b.detached())
    let (nodeA, nodeB) = (a.gradientNode, b.gradientNode)
    return result.recording(inputs) { gradient, sink in
      let overB = combine(.quotient, gradient, y)
      if nodeA != nil { sink.add(overB.reduced(to: x.shape), to: nodeA) }
      if nodeB != nil {
        let quotient = combine(.quotient, x, y)
        sink.add(
          combine(.negativeProduct, overB, quotient).reduced(to: y.shape), to: nodeB, owned: true)
      }
    }
  }

  public static func + (a: Tensor, b: Float) -> Tensor {
    let x = a.storage
    let result = computed(a.shape) { out in
      Workers.forEachBlock(of: a.count) { Elementwise.add(x, b, into: out, $0) }
    }
    guard let node = a.gradientNode else { return result }
    return result.recording([node]) { gradient, sink in sink.add(gradient, to: node) }
  }

  public static func * (a: Tensor, b: Float) -> Tensor {
    let result = a.scaled(by: b)
    guard let node = a.gradientNode else { return result }
    return result.recording([node]) { gradient, sink in
      sink.add(gradient.scaled(by: b), to: node, owned: true)
    }
  }

  public static func / (a: Tensor, b: Float) -> Tensor {
    let result = a.divided(by: b)
    guard let node = a.gradientNode else { return result }
    return result.recording([node]) { gradient, sink in
      sink.add(gradient.divided(by: b), to: node, owned: true)
    }
  }

  public static func - (a: Tensor, b: Float) -> Tensor { a + (-b) }
  public static func * (a: Float, b: Tensor) -> Tensor { b * a }
  public static prefix func - (a: Tensor) -> Tensor { a * -1 }

  /// Every element times `factor`, without history.
  func scaled(by factor: Float) -> Tensor {
    .computed(shape) { out in
      Workers.forEachBlock(of: count) { Elementwise.multiply(storage, factor, into: out, $0) }
    }
  }

  private func divided(by divisor: Float) -> Tensor {
    .computed(shape) { Elementwise.divide(storage, divisor, into: $0, 0..<count) }
  }
}
