extension Tensor {
  typealias Lanes = VectorMath.Lanes

  /// An operation over broadcast pairs of elements, without history.
  private static func combine<Operation: PairOperation>(
    _: Operation.Type, _ a: Tensor, _ b: Tensor
  ) -> Tensor {
    let (x, y) = (a.pointer, b.pointer)
    if a.shape == b.shape {
      return Tensor(shape: a.shape) { out in
        Workers.forEachBlock(of: a.count) { block in
          let at = block.lowerBound
          VectorMath.map(x + at, y + at, out + at, block.count) { Operation.of($0, $1) }
        }
      }
    }
    let plan = Broadcast(a.shape, b.shape)
    return Tensor(shape: plan.shape) { out in
      plan.forEachRun { at, left, right, count, leftStep, rightStep in
        let (x, y) = (x + left, y + right)
        if leftStep == rightStep {
          VectorMath.map(x, y, out + at, count) { Operation.of($0, $1) }
        } else if rightStep == 0 {
          let fixed = Lanes(repeating: y[0])
          VectorMath.map(x, out + at, count) { Operation.of($0, fixed) }
        } else {
          let fixed = Lanes(repeating: x[0])
          VectorMath.map(y, out + at, count) { Operation.of(fixed, $0) }
        }
      }
    }
  }

  private static func nodes(_ a: Tensor, _ b: Tensor) -> [GradientNode] {
    [a.gradientNode, b.gradientNode].compactMap { $0 }
  }

  public static func + (a: Tensor, b: Tensor) -> Tensor {
    let result = combine(Pairs.Sum.self, a, b)
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
    let result = combine(Pairs.Difference.self, a, b)
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
    let result = combine(Pairs.Product.self, a, b)
    let inputs = nodes(a, b)
    if inputs.isEmpty { return result }
    let (x, y) = (a.detached(), b.detached())
    let (nodeA, nodeB) = (a.gradientNode, b.gradientNode)
    return result.recording(inputs) { gradient, sink in
      if nodeA != nil {
        sink.add(
          combine(Pairs.Product.self, gradient, y).reduced(to: x.shape), to: nodeA, owned: true)
      }
      if nodeB != nil {
        sink.add(
          combine(Pairs.Product.self, gradient, x).reduced(to: y.shape), to: nodeB, owned: true)
      }
    }
  }

  public static func / (a: Tensor, b: Tensor) -> Tensor {
    let result = combine(Pairs.Quotient.self, a, b)
    let inputs = nodes(a, b)
    if inputs.isEmpty { return result }
    let (x, y) = (a.detached(), b.detached())
    let (nodeA, nodeB) = (a.gradientNode, b.gradientNode)
    return result.recording(inputs) { gradient, sink in
      let overB = combine(Pairs.Quotient.self, gradient, y)
      if nodeA != nil { sink.add(overB.reduced(to: x.shape), to: nodeA) }
      if nodeB != nil {
        let quotient = combine(Pairs.Quotient.self, x, y)
        sink.add(
          combine(Pairs.NegativeProduct.self, overB, quotient).reduced(to: y.shape), to: nodeB,
          owned: true)
      }
    }
  }

  public static func + (a: Tensor, b: Float) -> Tensor {
    let result = Tensor(shape: a.shape) { out in
      let x = a.pointer
      Workers.forEachBlock(of: a.count) { block in
        let at = block.lowerBound
        VectorMath.map(x + at, out + at, block.count) { $0 + b }
      }
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
    Tensor(shape: shape) { out in
      let x = pointer
      Workers.forEachBlock(of: count) { block in
        let at = block.lowerBound
        VectorMath.map(x + at, out + at, block.count) { $0 * factor }
      }
    }
  }

  private func divided(by divisor: Float) -> Tensor {
    Tensor(shape: shape) { VectorMath.map(pointer, $0, count) { $0 / divisor } }
  }
}

/// An operation on pairs of elements. A type and not a closure, so that the loops over it are
/// compiled for it, inside of parallel blocks as well.
private protocol PairOperation {
  static func of(_ x: VectorMath.Lanes, _ y: VectorMath.Lanes) -> VectorMath.Lanes
}

private enum Pairs {
  typealias Lanes = VectorMath.Lanes

  enum Sum: PairOperation {
    @inline(__always) static func of(_ x: Lanes, _ y: Lanes) -> Lanes { x + y }
  }
  enum Difference: PairOperation {
    @inline(__always) static func of(_ x: Lanes, _ y: Lanes) -> Lanes { x - y }
  }
  enum Product: PairOperation {
    @inline(__always) static func of(_ x: Lanes, _ y: Lanes) -> Lanes { x * y }
  }
  enum NegativeProduct: PairOperation {
    @inline(__always) static func of(_ x: Lanes, _ y: Lanes) -> Lanes { -(x * y) }
  }
  enum Quotient: PairOperation {
    @inline(__always) static func of(_ x: Lanes, _ y: Lanes) -> Lanes { x / y }
  }
}
