/// A group is `channelsPerGroup` planes, one after the other; groups of all samples in order.
public struct GroupNormalisation: Sendable {
  public let groups: Int
  private let channels: Int
  private let channelsPerGroup: Int
  private let plane: Int
  private let epsilon: Float
  /// Mean and reciprocal deviation of each group, kept for the way back.
  private let statistics: TensorStorage

  public init(groups: Int, channels: Int, channelsPerGroup: Int, plane: Int, epsilon: Float) {
    self.groups = groups
    self.channels = channels
    self.channelsPerGroup = channelsPerGroup
    self.plane = plane
    self.epsilon = epsilon
    statistics = TensorStorage(uninitialized: 2 * groups)
  }

  /// Elements of a group.
  public var groupCount: Int { channelsPerGroup * plane }

  /// Each plane of a group with its channel.
  private func forEachPlane(_ group: Int, _ body: (_ offset: Int, _ channel: Int) -> Void) {
    for i in 0..<channelsPerGroup {
      let index = group * channelsPerGroup + i
      body(index * plane, index % channels)
    }
  }

  /// Normalises some groups.
  /// - Parameters:
  ///   - w: `[channels]`
  ///   - b: `[channels]`
  public func forward(
    _ x: TensorStorage, _ w: TensorStorage, _ b: TensorStorage, into y: TensorStorage,
    _ groups: Range<Int>
  ) {
    let (x, w, b, y) = (x.pointer, w.pointer, b.pointer, y.pointer)
    for group in groups { forward(group, x, w, b, into: y) }
  }

  private func forward(
    _ group: Int, _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>,
    _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>
  ) {
    let size = groupCount
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
  public func backward(
    _ gradient: TensorStorage, _ x: TensorStorage, _ w: TensorStorage, into dx: TensorStorage,
    addingTo dw: TensorStorage, _ db: TensorStorage
  ) {
    let (dy, x, w) = (gradient.pointer, x.pointer, w.pointer)
    let (dx, dw, db) = (dx.pointer, dw.pointer, db.pointer)
    let size = Float(groupCount)
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
