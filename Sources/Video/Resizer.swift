/// Changes the size of pictures of one size: columns first, then rows.
///
/// Making it computes the weights, so that one resizer serves all frames of a clip.
struct Resizer<Arithmetic: WeightedSum> where Arithmetic.Sum: Sendable {
  typealias Sample = Arithmetic.Sample
  typealias Weights = ResizeWeights<Arithmetic.Sum>

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

  /// - Parameter picture: `[height, width, channels]`
  /// - Returns: `[toHeight, toWidth, channels]`
  func resize(_ picture: [Sample]) -> [Sample] {
    let widened = horizontal.map { resizeColumns(of: picture, $0) } ?? picture
    return vertical.map { resizeRows(of: widened, $0) } ?? widened
  }

  /// - Parameter picture: `[height, width, channels]`
  /// - Returns: `[height, toWidth, channels]`
  private func resizeColumns(of picture: [Sample], _ weights: Weights) -> [Sample] {
    let size = height * toWidth * channels
    return [Sample](unsafeUninitializedCapacity: size) { target, count in
      picture.withUnsafeBufferPointer { source in
        weights.weights.withUnsafeBufferPointer { factors in
          var next = target.baseAddress!
          for row in 0..<height {
            for column in 0..<toWidth {
              let start = (row * width + weights.starts[column]) * channels
              for channel in 0..<channels {
                var sum = Arithmetic.zero
                for tap in 0..<weights.counts[column] {
                  sum = Arithmetic.add(
                    source[start + tap * channels + channel],
                    times: factors[column * weights.taps + tap], to: sum)
                }
                next.initialize(to: Arithmetic.round(sum))
                next += 1
              }
            }
          }
        }
      }
      count = size
    }
  }

  /// - Parameter picture: `[height, toWidth, channels]`
  /// - Returns: `[toHeight, toWidth, channels]`
  private func resizeRows(of picture: [Sample], _ weights: Weights) -> [Sample] {
    let rowSize = toWidth * channels
    var sums = [Arithmetic.Sum](repeating: Arithmetic.zero, count: rowSize)
    return [Sample](unsafeUninitializedCapacity: toHeight * rowSize) { target, count in
      sums.withUnsafeMutableBufferPointer { sums in
        picture.withUnsafeBufferPointer { source in
          for row in 0..<toHeight {
            sums.update(repeating: Arithmetic.zero)
            for tap in 0..<weights.counts[row] {
              let from = source.baseAddress! + (weights.starts[row] + tap) * rowSize
              let weight = weights.weights[row * weights.taps + tap]
              for index in 0..<rowSize {
                sums[index] = Arithmetic.add(from[index], times: weight, to: sums[index])
              }
            }
            let to = target.baseAddress! + row * rowSize
            for index in 0..<rowSize {
              (to + index).initialize(to: Arithmetic.round(sums[index]))
            }
          }
        }
      }
      count = toHeight * rowSize
    }
  }
}
