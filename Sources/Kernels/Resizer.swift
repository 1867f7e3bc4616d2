/// Changes the size of pictures of one size: columns first, then rows.
///
/// Making it computes the weights, so that one resizer serves all frames of a clip.
struct Resizer<Arithmetic: WeightedSum> where Arithmetic.Sum: Sendable {
  typealias Sample = Arithmetic.Sample
  typealias Sum = Arithmetic.Sum
  typealias Weights = ResizeWeights<Sum>

  let height: Int
  let width: Int
  let channels: Int
  let toHeight: Int
  let toWidth: Int
  /// `nil` where that side keeps its length.
  private let horizontal: Weights?
  private let vertical: Weights?

  init(
    height: Int, width: Int, channels: Int, toHeight: Int, toWidth: Int, filter: ResizeFilter
  ) {
    (self.height, self.width, self.channels) = (height, width, channels)
    (self.toHeight, self.toWidth) = (toHeight, toWidth)
    horizontal =
      width == toWidth ? nil : Arithmetic.weights(from: width, to: toWidth, filter: filter)
    vertical =
      height == toHeight ? nil : Arithmetic.weights(from: height, to: toHeight, filter: filter)
  }

  /// - Parameter pictures: `[pictures, height, width, channels]`
  /// - Returns: `[pictures, toHeight, toWidth, channels]`
  func resize(_ pictures: [Sample]) -> [Sample] {
    let (size, toSize) = (height * width * channels, toHeight * toWidth * channels)
    let number = pictures.count / size
    return [Sample](unsafeUninitializedCapacity: number * toSize) { target, count in
      pictures.withUnsafeBufferPointer { source in
        // One place for what lies between the directions keeps it in the processor's caches.
        withUnsafeTemporaryAllocation(of: Sample.self, capacity: height * toWidth * channels) {
          for index in 0..<number {
            resize(
              source.baseAddress! + index * size, to: target.baseAddress! + index * toSize,
              between: $0.baseAddress!)
          }
        }
      }
      count = number * toSize
    }
  }

  /// - Parameters:
  ///   - picture: `[height, width, channels]`
  ///   - target: `[toHeight, toWidth, channels]`
  ///   - widened: `[height, toWidth, channels]`, to work in
  private func resize(
    _ picture: UnsafePointer<Sample>, to target: UnsafeMutablePointer<Sample>,
    between widened: UnsafeMutablePointer<Sample>
  ) {
    switch (horizontal, vertical) {
    case (let columns?, let rows?):
      resizeColumns(of: picture, columns, to: widened)
      resizeRows(of: widened, rows, to: target)
    case (let columns?, nil): resizeColumns(of: picture, columns, to: target)
    case (nil, let rows?): resizeRows(of: picture, rows, to: target)
    case (nil, nil): target.initialize(from: picture, count: height * width * channels)
    }
  }

  /// - Parameters:
  ///   - picture: `[height, width, channels]`
  ///   - target: `[height, toWidth, channels]`
  private func resizeColumns(
    of picture: UnsafePointer<Sample>, _ weights: Weights, to target: UnsafeMutablePointer<Sample>
  ) {
    if channels == 3 { return resizeColoredColumns(of: picture, weights, to: target) }
    weights.weights.withUnsafeBufferPointer { factors in
      var next = target
      for row in 0..<height {
        for column in 0..<toWidth {
          let start = (row * width + weights.starts[column]) * channels
          for channel in 0..<channels {
            var sum = Arithmetic.zero
            for tap in 0..<weights.counts[column] {
              sum = Arithmetic.add(
                Arithmetic.widened(picture[start + tap * channels + channel]),
                times: factors[column * weights.taps + tap], to: sum)
            }
            next.initialize(to: Arithmetic.round(sum))
            next += 1
          }
        }
      }
    }
  }

  /// The three channels of a pixel at once, in the same order of additions for each.
  private func resizeColoredColumns(
    of picture: UnsafePointer<Sample>, _ weights: Weights, to target: UnsafeMutablePointer<Sample>
  ) {
    withUnsafeTemporaryAllocation(of: SIMD4<Sum>.self, capacity: width) { pixels in
      weights.weights.withUnsafeBufferPointer { factors in
        var (from, next) = (picture, target)
        for _ in 0..<height {
          for column in 0..<width {
            let (red, green) = (Arithmetic.widened(from[0]), Arithmetic.widened(from[1]))
            let blue = Arithmetic.widened(from[2])
            pixels.initializeElement(at: column, to: SIMD4(red, green, blue, blue))
            from += 3
          }
          for column in 0..<toWidth {
            let first = pixels.baseAddress! + weights.starts[column]
            let factor = factors.baseAddress! + column * weights.taps
            var sum = SIMD4(repeating: Arithmetic.zero)
            for tap in 0..<weights.counts[column] {
              sum = Arithmetic.add(first[tap], times: factor[tap], to: sum)
            }
            for channel in 0..<3 {
              (next + channel).initialize(to: Arithmetic.round(sum[channel]))
            }
            next += 3
          }
        }
      }
    }
  }

  /// - Parameters:
  ///   - picture: `[height, toWidth, channels]`
  ///   - target: `[toHeight, toWidth, channels]`
  private func resizeRows(
    of picture: UnsafePointer<Sample>, _ weights: Weights, to target: UnsafeMutablePointer<Sample>
  ) {
    let rowSize = toWidth * channels
    withUnsafeTemporaryAllocation(of: Sum.self, capacity: rowSize) { buffer in
      let sums = buffer.baseAddress!
      for row in 0..<toHeight {
        sums.initialize(repeating: Arithmetic.zero, count: rowSize)
        for tap in 0..<weights.counts[row] {
          let from = picture + (weights.starts[row] + tap) * rowSize
          let weight = weights.weights[row * weights.taps + tap]
          for index in 0..<rowSize {
            sums[index] = Arithmetic.add(
              Arithmetic.widened(from[index]), times: weight, to: sums[index])
          }
        }
        let to = target + row * rowSize
        for index in 0..<rowSize { (to + index).initialize(to: Arithmetic.round(sums[index])) }
      }
    }
  }
}
