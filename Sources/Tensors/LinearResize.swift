import Kernels

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
    let (outer, inner) = (shape[..<axis].reduce(1, *), shape[(axis + 1)...].reduce(1, *))
    let resize = LinearResize(outer: outer, length: shape[axis], inner: inner, to: extent)
    var newShape = shape
    newShape[axis] = extent
    let result = Tensor.computed(newShape) { resize.forward(storage, into: $0) }
    guard let node = gradientNode else { return result }
    let original = shape
    return result.recording([node]) { gradient, sink in
      let dx = Tensor.zeros(original)
      resize.backward(gradient.storage, addingTo: dx.storage)
      sink.add(dx, to: node, owned: true)
    }
  }
}
