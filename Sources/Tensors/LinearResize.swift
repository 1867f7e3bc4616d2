extension Tensor {
  /// Linear interpolation of a grid along each axis that changes, with pixel centres at half
  /// integers (`align_corners=False`) and the border repeated.
  /// - Returns: `[..., frames, height, width]` for `self [..., F, H, W]`.
  public func resized(frames: Int, height: Int, width: Int) -> Tensor {
    precondition(rank >= 3, "resized needs [..., frames, height, width], not \(shape)")
    return resized(axis: -3, to: frames).resized(axis: -2, to: height)
      .resized(axis: -1, to: width)
  }

  /// Linear interpolation along one axis.
  public func resized(axis: Int, to extent: Int) -> Tensor {
    let axis = axis < 0 ? axis + rank : axis
    if shape[axis] == extent { return self }
    precondition(shape[axis] > 0 || extent == 0, "resize of the empty axis \(axis) of \(shape)")
    let taps = LinearTap.taps(from: shape[axis], to: extent)
    let (outer, inner) = (shape[..<axis].reduce(1, *), shape[(axis + 1)...].reduce(1, *))
    let length = shape[axis]
    var newShape = shape
    newShape[axis] = extent
    let result = Tensor(shape: newShape) { out in
      for o in 0..<outer {
        let x = pointer + o * length * inner
        for (i, tap) in taps.enumerated() {
          tap.mix(x, inner, into: out + (o * extent + i) * inner)
        }
      }
    }
    guard let node = gradientNode else { return result }
    let original = shape
    return result.recording([node]) { gradient, sink in
      let dx = Tensor.zeros(original)
      for o in 0..<outer {
        let sum = dx.storage.pointer + o * length * inner
        for (i, tap) in taps.enumerated() {
          tap.spread(gradient.pointer + (o * extent + i) * inner, inner, addingTo: sum)
        }
      }
      sink.add(dx, to: node, owned: true)
    }
  }
}

/// The two neighbours of an output position and the weight of the second.
private struct LinearTap {
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
