/// How two shapes meet: axes are matched from the last one, and an extent of 1 repeats.
struct Broadcast {
  let shape: [Int]
  /// Row-major strides of both inputs over `shape`; 0 where an input repeats.
  let left: [Int]
  let right: [Int]

  init(_ a: [Int], _ b: [Int]) {
    let rank = max(a.count, b.count)
    var shape = [Int](repeating: 1, count: rank)
    func strides(_ extents: [Int]) -> [Int] {
      let own = extents.rowMajorStrides
      return (0..<rank).map { axis in
        let i = axis - (rank - extents.count)
        return i < 0 || extents[i] == 1 ? 0 : own[i]
      }
    }
    for axis in 0..<rank {
      let x = axis < rank - a.count ? 1 : a[axis - (rank - a.count)]
      let y = axis < rank - b.count ? 1 : b[axis - (rank - b.count)]
      precondition(x == y || x == 1 || y == 1, "shapes \(a) and \(b) do not broadcast")
      shape[axis] = x == 1 ? y : x
    }
    self.shape = shape
    left = strides(a)
    right = strides(b)
  }

  /// Calls `body` with the offsets of each innermost run and its length. Neighbouring axes that
  /// both inputs walk through in step are merged first, so runs are as long as they can be.
  func forEachRun(
    _ body: (
      _ out: Int, _ left: Int, _ right: Int, _ count: Int, _ leftStep: Int, _ rightStep: Int
    ) -> Void
  ) {
    if shape.product == 0 { return }
    var extents: [Int] = []
    var l: [Int] = []
    var r: [Int] = []
    for axis in 0..<shape.count where shape[axis] != 1 {
      if let last = extents.indices.last,
        l[last] == left[axis] * shape[axis], r[last] == right[axis] * shape[axis]
      {
        extents[last] *= shape[axis]
        l[last] = left[axis]
        r[last] = right[axis]
      } else {
        extents.append(shape[axis])
        l.append(left[axis])
        r.append(right[axis])
      }
    }
    guard let inner = extents.indices.last else { return body(0, 0, 0, 1, 0, 0) }
    var index = [Int](repeating: 0, count: inner)
    var out = 0
    var a = 0
    var b = 0
    while true {
      body(out, a, b, extents[inner], l[inner], r[inner])
      out += extents[inner]
      var axis = inner - 1
      while axis >= 0 {
        index[axis] += 1
        a += l[axis]
        b += r[axis]
        if index[axis] < extents[axis] { break }
        a -= l[axis] * extents[axis]
        b -= r[axis] * extents[axis]
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}

extension Tensor {
  /// Sums over the axes along which `target` was repeated to get this shape.
  func reduced(to target: [Int]) -> Tensor {
    if shape == target { return self }
    let result = Tensor.zeros(target)
    let out = result.storage.pointer
    let plan = Broadcast(shape, target)
    plan.forEachRun { _, source, destination, count, _, step in
      if step == 0 {
        out[destination] += VectorMath.sum(pointer + source, count)
      } else {
        VectorMath.accumulate(out + destination, pointer + source, count)
      }
    }
    return result
  }

  /// Repeats axes of extent 1 until the shape is `target`.
  public func broadcast(to target: [Int]) -> Tensor {
    if shape == target { return self }
    let plan = Broadcast(target, shape)
    precondition(plan.shape == target, "cannot broadcast \(shape) to \(target)")
    let result = Tensor(shape: target) { out in
      plan.forEachRun { at, _, source, count, _, step in
        if step == 0 {
          (out + at).update(repeating: pointer[source], count: count)
        } else {
          (out + at).update(from: pointer + source, count: count)
        }
      }
    }
    guard let node = gradientNode else { return result }
    let original = shape
    return result.recording([node]) { gradient, sink in
      sink.add(gradient.reduced(to: original), to: node, owned: true)
    }
  }
}
