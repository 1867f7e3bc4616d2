/// Linear interpolation along one axis of `[outer, length, inner]`, with pixel centres at half
/// integers and the border repeated.
public struct LinearResize: Sendable {
  private let outer: Int
  private let length: Int
  private let extent: Int
  private let inner: Int
  private let taps: [LinearTap]

  /// - Parameter extent: of the axis afterwards
  public init(outer: Int, length: Int, inner: Int, to extent: Int) {
    (self.outer, self.length, self.inner, self.extent) = (outer, length, inner, extent)
    taps = LinearTap.taps(from: length, to: extent)
  }

  /// `out [outer, extent, inner]`
  public func forward(_ x: TensorStorage, into out: TensorStorage) {
    let (source, out) = (UnsafePointer(x.pointer), out.pointer)
    for o in 0..<outer {
      let x = source + o * length * inner
      for (i, tap) in taps.enumerated() {
        tap.mix(x, inner, into: out + (o * extent + i) * inner)
      }
    }
  }

  /// `dx [outer, length, inner]`
  public func backward(_ gradient: TensorStorage, addingTo dx: TensorStorage) {
    let (dy, dx) = (UnsafePointer(gradient.pointer), dx.pointer)
    for o in 0..<outer {
      let sum = dx + o * length * inner
      for (i, tap) in taps.enumerated() {
        tap.spread(dy + (o * extent + i) * inner, inner, addingTo: sum)
      }
    }
  }
}

/// The two neighbours of an output position and the weight of the second.
private struct LinearTap: Sendable {
  let low: Int
  let high: Int
  let weight: Float

  /// `out = x[low] (1 - weight) + x[high] weight` for rows of `width` elements.
  func mix(_ x: UnsafePointer<Float>, _ width: Int, into out: UnsafeMutablePointer<Float>) {
    let (near, far) = (1 - weight, weight)
    if width == 1 {
      out[0] = x[low] * near + x[high] * far
    } else {
      VectorMath.map(x + low * width, x + high * width, out, width) { $0 * near + $1 * far }
    }
  }

  /// The transpose of ``mix``.
  func spread(
    _ dy: UnsafePointer<Float>, _ width: Int, addingTo sum: UnsafeMutablePointer<Float>
  ) {
    if width == 1 {
      sum[low] += dy[0] * (1 - weight)
      sum[high] += dy[0] * weight
    } else {
      VectorMath.accumulate(sum + low * width, dy, times: 1 - weight, width)
      VectorMath.accumulate(sum + high * width, dy, times: weight, width)
    }
  }

  static func taps(from length: Int, to extent: Int) -> [LinearTap] {
    let ratio = Float(length) / Float(extent)
    return (0..<extent).map { i in
      let position = max(0, (Float(i) + 0.5) * ratio - 0.5)
      let low = min(Int(position), length - 1)
      return LinearTap(
        low: low, high: min(low + 1, length - 1), weight: min(1, position - Float(low)))
    }
  }
}
