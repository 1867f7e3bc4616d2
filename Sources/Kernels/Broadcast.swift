/// How two shapes meet: axes are matched from the last one, and an extent of 1 repeats.
public struct Broadcast: Sendable {
  public let shape: [Int]
  /// The axes to walk, with the strides of both inputs; 0 where an input repeats.
  private let axes: [Axis]
  private typealias Axis = (extent: Int, left: Int, right: Int)

  public init(_ a: [Int], _ b: [Int]) {
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
    axes = Self.merged(shape, strides(a), strides(b))
  }

  /// Innermost runs, each of ``runLength`` elements. Neighbouring axes that both inputs walk
  /// through in step are merged, so that runs are as long as they can be.
  public var runs: Int { shape.product == 0 ? 0 : shape.product / runLength }
  public var runLength: Int { axes[axes.count - 1].extent }

  /// Calls `body` with the offsets of some runs, counted over all axes but the innermost, the
  /// length of a run and the steps of both inputs along it.
  @inline(__always)
  func walk(
    _ runs: Range<Int>,
    _ body: (
      _ out: Int, _ left: Int, _ right: Int, _ count: Int, _ leftStep: Int, _ rightStep: Int
    ) -> Void
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
        body(out, a, b, inner.extent, inner.left, inner.right)
        out &+= inner.extent
        a &+= row.left
        b &+= row.right
      }
      run += count
    }
  }

  /// Axes without those of extent 1 and with contiguous neighbours merged; two at least.
  private static func merged(_ shape: [Int], _ left: [Int], _ right: [Int]) -> [Axis] {
    var axes: [Axis] = []
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

extension Broadcast {
  /// Adds `x` up in `sum`, which has the shape on the right; in order, for the sums meet in one
  /// place. The shape on the left, that of `x`, is the whole one.
  public func reduce(_ x: TensorStorage, addingTo sum: TensorStorage) {
    let (x, out) = (x.pointer, sum.pointer)
    walk(0..<runs) { _, source, destination, count, _, step in
      if step == 0 {
        out[destination] += VectorMath.sum(x + source, count)
      } else {
        VectorMath.accumulate(out + destination, x + source, count)
      }
    }
  }

  /// Some runs of `x`, which has the shape on the right, repeated to the whole shape.
  public func spread(_ x: TensorStorage, into out: TensorStorage, runs: Range<Int>) {
    let (x, out) = (x.pointer, out.pointer)
    walk(runs) { at, _, source, count, _, step in
      if step == 0 {
        (out + at).update(repeating: x[source], count: count)
      } else {
        (out + at).update(from: x + source, count: count)
      }
    }
  }
}
