/// Extents of one convolution over `[batch, channels, frames, height, width]`, and the walk
/// between the input and its columns (im2col).
///
/// Columns are made for a block of output lines at a time, so that they stay in the second-level
/// cache whatever the size of the video. A line is one row of output positions along the width.
public struct ConvolutionGeometry: Sendable {
  /// Frames, height and width of the input, the kernel, the stride, the padding in front and the
  /// output, in this order of axes.
  let input: [Int]
  let kernel: [Int]
  let stride: [Int]
  let before: [Int]
  public let output: [Int]
  let channels: Int

  /// Numbers of columns that are held at once (512 KiB), and in a product so large that packing the
  /// kernel again for every few columns would cost more.
  private static let columnBudget = 1 << 17
  private static let largeColumnBudget = 1 << 21

  public init(
    input: [Int], channels: Int, kernel: [Int], stride: [Int],
    padding: [(before: Int, after: Int)]
  ) {
    self.input = input
    self.channels = channels
    self.kernel = kernel
    self.stride = stride
    before = padding.map(\.before)
    output = (0..<3).map { axis in
      let room = input[axis] + padding[axis].before + padding[axis].after - kernel[axis]
      precondition(
        room >= 0 && stride[axis] > 0,
        "convolution of \(input) with kernel \(kernel), stride \(stride), padding \(padding)")
      return room / stride[axis] + 1
    }
  }

  /// Rows of the column matrix: input channels times kernel taps.
  var depth: Int { channels * kernel.product }
  /// Elements of one channel before and after.
  var inputPlane: Int { input.product }
  var outputPlane: Int { output.product }

  /// A kernel of one tap that leaves the grid alone: the input is its own column matrix.
  var isPointwise: Bool {
    kernel == [1, 1, 1] && stride == [1, 1, 1] && before == [0, 0, 0] && output == input
  }

  private var lines: Int { output[0] * output[1] }
  private var linesPerBlock: Int {
    let isLarge = depth * outputPlane >= 1 << 26
    let budget = isLarge ? Self.largeColumnBudget : Self.columnBudget
    return max(1, min(lines, budget / max(1, depth * output[2])))
  }
  /// Columns of the largest block.
  var blockColumns: Int { linesPerBlock * output[2] }

  /// The blocks of lines; the partition depends on the geometry alone.
  var blocks: [Range<Int>] {
    Swift.stride(from: 0, to: lines, by: linesPerBlock).map {
      $0..<min(lines, $0 + linesPerBlock)
    }
  }

  /// Copies the inputs under every tap: `columns [channels, kt, kh, kw, lines, width]`, zero
  /// outside of the input `x [channels, frames, height, width]`.
  func gather<Number: BitwiseCopyable & ExpressibleByIntegerLiteral>(
    _ x: UnsafePointer<Number>, _ lines: Range<Int>, into columns: UnsafeMutablePointer<Number>
  ) {
    forEachRun(lines) { at, source, range in
      let run = columns + at
      guard let source else { return run.update(repeating: 0, count: output[2]) }
      run.update(repeating: 0, count: range.lowerBound)
      let target = run + range.lowerBound
      if stride[2] == 1 {
        target.update(from: x + source, count: range.count)
      } else {
        for i in 0..<range.count { target[i] = x[source + i * stride[2]] }
      }
      (run + range.upperBound).update(repeating: 0, count: output[2] - range.upperBound)
    }
  }

  /// The transpose of ``gather``: adds every column entry to the input that it came from.
  func scatter(
    _ columns: UnsafePointer<Float>, _ lines: Range<Int>, addingTo x: UnsafeMutablePointer<Float>
  ) {
    forEachRun(lines) { at, source, range in
      guard let source else { return }
      let from = columns + at + range.lowerBound
      if stride[2] == 1 {
        VectorMath.accumulate(x + source, from, range.count)
      } else {
        for i in 0..<range.count { x[source + i * stride[2]] += from[i] }
      }
    }
  }

  /// Each line of each row of the column matrix: where it starts there, the input element under
  /// its first position inside the input (nil when the whole line lies in the padding), and the
  /// positions of the line that are inside.
  @inline(__always)
  private func forEachRun(
    _ lines: Range<Int>, _ body: (_ column: Int, _ source: Int?, _ inside: Range<Int>) -> Void
  ) {
    let (height, width) = (input[1], input[2])
    let insides = (0..<kernel[2]).map { inside(tap: $0) }
    var at = 0
    for channel in 0..<channels {
      for kt in 0..<kernel[0] {
        for kh in 0..<kernel[1] {
          for kw in 0..<kernel[2] {
            let range = insides[kw]
            let left = range.lowerBound * stride[2] + kw - before[2]
            for line in lines {
              let (of, oh) = line.quotientAndRemainder(dividingBy: output[1])
              let t = of * stride[0] + kt - before[0]
              let y = oh * stride[1] + kh - before[1]
              let isInside = t >= 0 && t < input[0] && y >= 0 && y < height && !range.isEmpty
              let source = ((channel * input[0] + t) * height + y) * width + left
              body(at, isInside ? source : nil, range)
              at += output[2]
            }
          }
        }
      }
    }
  }

  /// Output positions along the width whose input under `tap` is not padding.
  private func inside(tap: Int) -> Range<Int> {
    let shift = before[2] - tap
    let first = shift <= 0 ? 0 : (shift + stride[2] - 1) / stride[2]
    let last = input[2] + shift <= 0 ? 0 : (input[2] + shift - 1) / stride[2] + 1
    let lower = min(first, output[2])
    return lower..<max(lower, min(last, output[2]))
  }
}
