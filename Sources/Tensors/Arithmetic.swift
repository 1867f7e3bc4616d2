extension Tensor {
  typealias Lanes = VectorMath.Lanes

  /// `f` over broadcast pairs of elements, without history.
  @inline(__always)
  private static func combine(
    _ a: Tensor, _ b: Tensor, _ f: (Lanes, Lanes) -> Lanes
  ) -> Tensor {
    if a.shape == b.shape {
      return Tensor(shape: a.shape) { VectorMath.map(a.pointer, b.pointer, $0, a.count, f) }
    }
    let plan = Broadcast(a.shape, b.shape)
    return Tensor(shape: plan.shape) { out in
      plan.forEachRun { at, left, right, count, leftStep, rightStep in
        let x = a.pointer + left
        let y = b.pointer + right
        if leftStep == rightStep {
          VectorMath.map(x, y, out + at, count, f)
        } else if rightStep == 0 {
          let fixed = Lanes(repeating: y[0])
          VectorMath.map(x, out + at, count) { f($0, fixed) }
        } else {
          let fixed = Lanes(repeating: x[0])
          VectorMath.map(y, out + at, count) { f(fixed, $0) }
        }
      }
    }
  }

  private static func nodes(_ a: Tensor, _ b: Tensor) -> [GradientNode] {
    [a.gradientNode, b.gradientNode].compactMap { $0 }
  }

  public static func + (a: Tensor, b: Tensor) -> Tensor {
    let result = combine(a, b) { $0 + $1 }
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
    let result = combine(a, b) { $0 - $1 }
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
    let result = combine(a, b) { $0 * $1 }
    let inputs = nodes(a, b)
    if inputs.isEmpty { return result }
    let (x, y) = (a.detached(), b.detached())
    let (nodeA, nodeB) = (a.gradientNode, b.gradientNode)
    return result.recording(inputs) { gradient, sink in
      if nodeA != nil {
        sink.add(combine(gradient, y) { $0 * $1 }.reduced(to: x.shape), to: nodeA, owned: true)
      }
      if nodeB != nil {
        sink.add(combine(gradient, x) { $0 * $1 }.reduced(to: y.shape), to: nodeB, owned: true)
      }
    }
  }

  public static func / (a: Tensor, b: Tensor) -> Tensor {
    let result = combine(a, b) { $0 / $1 }
    let inputs = nodes(a, b)
    if inputs.isEmpty { return result }
    let (x, y) = (a.detached(), b.detached())
    let (nodeA, nodeB) = (a.gradientNode, b.gradientNode)
    return result.recording(inputs) { gradient, sink in
      let overB = combine(gradient, y) { $0 / $1 }
      if nodeA != nil { sink.add(overB.reduced(to: x.shape), to: nodeA) }
      if nodeB != nil {
        let quotient = combine(x, y) { $0 / $1 }
        sink.add(
          combine(overB, quotient) { -($0 * $1) }.reduced(to: y.shape), to: nodeB, owned: true)
      }
    }
  }

  public static func + (a: Tensor, b: Float) -> Tensor {
    let result = Tensor(shape: a.shape) { VectorMath.map(a.pointer, $0, a.count) { $0 + b } }
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
    Tensor(shape: shape) { VectorMath.map(pointer, $0, count) { $0 * factor } }
  }

  private func divided(by divisor: Float) -> Tensor {
    Tensor(shape: shape) { VectorMath.map(pointer, $0, count) { $0 / divisor } }
  }
}
