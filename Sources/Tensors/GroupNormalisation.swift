extension Tensor {
  /// Group normalisation (Wu and He, 2018) of `[batch, channels, ...]`.
  /// - Parameters:
  ///   - weight: `[channels]`, or none for 1
  ///   - bias: `[channels]`, or none for 0
  public func groupNorm(groups: Int, _ weight: Tensor?, _ bias: Tensor?, epsilon: Float) -> Tensor {
    precondition(rank >= 2 && groups > 0 && shape[1] % groups == 0, "\(groups) groups of \(shape)")
    let channels = shape[1]
    precondition(
      (weight == nil || weight?.shape == [channels]) && (bias == nil || bias?.shape == [channels]),
      "groupNorm of \(shape): weight \(weight?.shape ?? []), bias \(bias?.shape ?? [])")
    let norm = GroupNormalisation(
      groups: shape[0] * groups, channels: channels, channelsPerGroup: channels / groups,
      plane: shape[2...].reduce(1, *), epsilon: epsilon)
    let w = weight?.detached() ?? .full([channels], 1)
    let b = bias?.detached() ?? .zeros([channels])
    let result = Tensor(shape: shape) {
      norm.forward(pointer, w.pointer, b.pointer, into: $0)
    }
    let nodes = (gradientNode, weight?.gradientNode, bias?.gradientNode)
    let inputs = [nodes.0, nodes.1, nodes.2].compactMap { $0 }
    if inputs.isEmpty { return result }
    let x = detached()
    return result.recording(inputs) { gradient, sink in
      let (dw, db) = (Tensor.zeros([channels]), Tensor.zeros([channels]))
      let dx = Tensor(shape: x.shape) {
        norm.backward(
          gradient.pointer, x.pointer, w.pointer, into: $0, addingTo: dw.storage.pointer,
          db.storage.pointer)
      }
      sink.add(dx, to: nodes.0, owned: true)
      sink.add(dw, to: nodes.1, owned: true)
      sink.add(db, to: nodes.2, owned: true)
    }
  }
}

/// A group is `channelsPerGroup` planes, one after the other; groups of all samples in order.
private struct GroupNormalisation: @unchecked Sendable {
  let groups: Int
  let channels: Int
  let channelsPerGroup: Int
  let plane: Int
  let epsilon: Float
  private let statistics: TensorStorage

  init(groups: Int, channels: Int, channelsPerGroup: Int, plane: Int, epsilon: Float) {
    self.groups = groups
    self.channels = channels
    self.channelsPerGroup = channelsPerGroup
    self.plane = plane
    self.epsilon = epsilon
    statistics = TensorStorage(uninitialized: 2 * groups)
  }

  /// Each plane of a group with its channel.
  private func forEachPlane(_ group: Int, _ body: (_ offset: Int, _ channel: Int) -> Void) {
    for i in 0..<channelsPerGroup {
      let index = group * channelsPerGroup + i
      body(index * plane, index % channels)
    }
  }

  func forward(
    _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>
  ) {
    let size = channelsPerGroup * plane
    Workers.forEachBlock(of: groups, width: size) { block in
      for group in block { forward(group, x, w, b, into: y) }
    }
  }

  private func forward(
    _ group: Int, _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>,
    _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>
  ) {
    let size = channelsPerGroup * plane
    let all = x + group * size
    let mean = VectorMath.sum(all, size) / Float(size)
    let variance = VectorMath.sum(all, size) { ($0 - mean) * ($0 - mean) } / Float(size)
    let inverse = 1 / (variance + epsilon).squareRoot()
    statistics.pointer[2 * group] = mean
    statistics.pointer[2 * group + 1] = inverse
    forEachPlane(group) { at, channel in
      let scale = VectorMath.Lanes(repeating: w[channel] * inverse)
      let shift = VectorMath.Lanes(repeating: b[channel])
      VectorMath.map(x + at, y + at, plane) { shift.addingProduct($0 - mean, scale) }
    }
  }

  /// With n the normalised group and g = dy w: dx = (g - mean(g) - n mean(g n)) / deviation.
  func backward(
    _ dy: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>,
    into dx: UnsafeMutablePointer<Float>, addingTo dw: UnsafeMutablePointer<Float>,
    _ db: UnsafeMutablePointer<Float>
  ) {
    let size = Float(channelsPerGroup * plane)
    for group in 0..<groups {
      let (mean, inverse) = (statistics.pointer[2 * group], statistics.pointer[2 * group + 1])
      var centre: Float = 0
      var along: Float = 0
      forEachPlane(group) { at, channel in
        let sum = VectorMath.sum(dy + at, plane)
        let product = VectorMath.sum(dy + at, x + at, plane) { $0 * (($1 - mean) * inverse) }
        db[channel] += sum
        dw[channel] += product
        centre += w[channel] * sum
        along += w[channel] * product
      }
      centre /= size
      along /= size
      forEachPlane(group) { at, channel in
        let weight = w[channel]
        VectorMath.map(dy + at, x + at, dx + at, plane) {
          ($0 * weight - centre - ($1 - mean) * inverse * along) * inverse
        }
      }
    }
  }
}
