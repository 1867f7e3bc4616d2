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

  /// Calls `body` with the offsets of each innermost run and its length, in parallel where the work
  /// is large. Neighbouring axes that both inputs walk through in step are merged first, so runs are
  /// as long as they can be.
  @inline(__always)
  func forEachRun(
    _ body: (
      _ out: Int, _ left: Int, _ right: Int, _ count: Int, _ leftStep: Int, _ rightStep: Int
    ) -> Void
  ) {
    if shape.product == 0 { return }
    let axes = merged()
    let inner = axes[axes.count - 1]
    Workers.forEachBlock(of: shape.product / inner.extent, width: inner.extent) { runs in
      walk(axes, runs) { out, left, right in
        body(out, left, right, inner.extent, inner.left, inner.right)
      }
    }
  }

  /// The same in order on this thread, for sums that meet in one place.
  @inline(__always)
  func forEachRunInOrder(
    _ body: (
      _ out: Int, _ left: Int, _ right: Int, _ count: Int, _ leftStep: Int, _ rightStep: Int
    ) -> Void
  ) {
    if shape.product == 0 { return }
    let axes = merged()
    let inner = axes[axes.count - 1]
    walk(axes, 0..<shape.product / inner.extent) { out, left, right in
      body(out, left, right, inner.extent, inner.left, inner.right)
    }
  }

  /// Some runs, counted over all axes but the innermost, with the offsets of each.
  @inline(__always)
  private func walk(
    _ axes: [(extent: Int, left: Int, right: Int)], _ runs: Range<Int>,
    _ body: (_ out: Int, _ left: Int, _ right: Int) -> Void
  ) {
    let (inner, row) = (axes[axes.count - 1], axes[axes.count - 2])
    var run = runs.lowerBound
    while run < runs.upperBound {
      // The place of the run: along the last axis but one, then along those before it.
      var (outer, first) = run.quotientAndRemainder(dividingBy: row.extent)
      var (a, b) = (first * row.left, first * row.right)
      for axis in axes.dropLast(2).reversed() {
        let place = outer % axis.extent
        a += place * axis.left
        b += place * axis.right
        outer /= axis.extent
      }
      let count = min(row.extent - first, runs.upperBound - run)
      var out = run &* inner.extent
      for _ in 0..<count {
        body(out, a, b)
        out &+= inner.extent
        a &+= row.left
        b &+= row.right
      }
      run += count
    }
  }

  /// Axes without those of extent 1 and with contiguous neighbours merged; two at least.
  private func merged() -> [(extent: Int, left: Int, right: Int)] {
    var axes: [(extent: Int, left: Int, right: Int)] = []
    for axis in 0..<shape.count where shape[axis] != 1 {
      let next = (extent: shape[axis], left: left[axis], right: right[axis])
      if let last = axes.last, last.left == next.left * next.extent,
        last.right == next.right * next.extent
      {
        axes[axes.count - 1] = (last.extent * next.extent, next.left, next.right)
      } else {
        axes.append(next)
      }
    }
    while axes.count < 2 { axes.insert((1, 0, 0), at: 0) }
    return axes
  }
}

extension Tensor {
  /// Sums over the axes along which `target` was repeated to get this shape.
  func reduced(to target: [Int]) -> Tensor {
    if shape == target { return self }
    let result = Tensor.zeros(target)
    let out = result.storage.pointer
    let plan = Broadcast(shape, target)
    plan.forEachRunInOrder { _, source, destination, count, _, step in
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
