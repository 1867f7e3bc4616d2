/// The three products of a convolution, block of columns by block of columns.
public struct Convolution: Sendable {
  public let batch: Int
  public let outputs: Int
  public let geometry: ConvolutionGeometry
  private let blocks: [Range<Int>]

  public init(batch: Int, outputs: Int, geometry: ConvolutionGeometry) {
    (self.batch, self.outputs, self.geometry) = (batch, outputs, geometry)
    blocks = geometry.blocks
  }

  /// Floating-point operations of each of the products.
  public var operations: Int { 2 * batch * outputs * plane * geometry.depth }
  /// Planes of the output and elements of one.
  public var planes: Int { batch * outputs }
  public var plane: Int { geometry.outputPlane }

  private var inputSample: Int { geometry.channels * geometry.inputPlane }
  private var outputSample: Int { outputs * plane }

  /// Part of some planes of the output becomes the bias.
  public func fill(
    _ y: TensorStorage, bias: TensorStorage, planes: Range<Int>, _ part: Range<Int>
  ) {
    let (y, bias) = (y.pointer, bias.pointer)
    for row in planes {
      (y + row * plane + part.lowerBound).update(
        repeating: bias[row % outputs], count: part.count)
    }
  }

  /// The bias is added to part of some planes of the output.
  public func add(
    _ bias: TensorStorage, to y: TensorStorage, planes: Range<Int>, _ part: Range<Int>
  ) {
    let (y, bias) = (y.pointer, bias.pointer)
    for row in planes {
      let shift = VectorMath.Lanes(repeating: bias[row % outputs])
      let line = y + row * plane + part.lowerBound
      VectorMath.map(line, line, part.count) { $0 + shift }
    }
  }

  /// `y = W columns + beta y`, all of it.
  public func forward(
    _ x: TensorStorage, _ w: TensorStorage, into y: TensorStorage, beta: Float
  ) {
    let (w, y) = (w.pointer, y.pointer)
    forEachBlock(gathering: x.pointer) { b, start, count, columns, step in
      multiply(w, columns, step, b, start, count, into: y, beta)
    }
  }

  /// Positions of one piece of a convolution whose input is its own column matrix.
  private static let pointwiseWidth = 4096
  private var partsOfPlane: Int { (plane + Self.pointwiseWidth - 1) / Self.pointwiseWidth }

  /// Pieces of the forward product, each with columns of its own.
  public var pieces: Int { batch * (geometry.isPointwise ? partsOfPlane : blocks.count) }

  /// One piece of the forward product.
  public func forward(
    _ x: TensorStorage, _ w: TensorStorage, into y: TensorStorage, beta: Float, piece: Int
  ) {
    if geometry.isPointwise {
      let (b, part) = piece.quotientAndRemainder(dividingBy: partsOfPlane)
      let start = part * Self.pointwiseWidth
      return multiply(
        w.pointer, x.pointer + b * inputSample + start, plane, b, start,
        min(Self.pointwiseWidth, plane - start), into: y.pointer, beta)
    }
    let (b, lines) = (piece / blocks.count, blocks[piece % blocks.count])
    let columns = TensorStorage(uninitialized: geometry.depth * geometry.blockColumns)
    geometry.gather(x.pointer + b * inputSample, lines, into: columns.pointer)
    let count = lines.count * geometry.output[2]
    multiply(
      w.pointer, columns.pointer, count, b, lines.lowerBound * geometry.output[2], count,
      into: y.pointer, beta)
  }

  private func multiply(
    _ w: UnsafePointer<Float>, _ columns: UnsafePointer<Float>, _ step: Int, _ b: Int,
    _ start: Int, _ count: Int, into y: UnsafeMutablePointer<Float>, _ beta: Float
  ) {
    MatrixProduct.multiply(
      .init(w, geometry.depth), .init(columns, step),
      into: .init(y + b * outputSample + start, plane, base: .times(beta)),
      m: outputs, n: count, k: geometry.depth)
  }

  /// Pieces of the forward product from rounded inputs.
  public var roundedPieces: Int { batch * blocks.count }

  /// One piece of the product of inputs rounded to BF16 with a kernel that is stored so.
  /// - Parameter halves: the input, in memory of ``TensorStorage/init(halves:)``
  public func rounded(
    _ halves: TensorStorage, _ w: TensorStorage, into y: TensorStorage, piece: Int
  ) {
    let depth = geometry.depth
    let input = UnsafePointer(halves.bytes.assumingMemoryBound(to: UInt16.self))
    let (b, lines) = (piece / blocks.count, blocks[piece % blocks.count])
    let memory = TensorStorage(halves: depth * geometry.blockColumns)
    let columns = memory.bytes.assumingMemoryBound(to: UInt16.self)
    geometry.gather(input + b * inputSample, lines, into: columns)
    let count = lines.count * geometry.output[2]
    OneDNN.multiply(
      .init(memory: w.bytes, stride: depth), .init(memory: columns, stride: count),
      into: y.pointer + b * outputSample + lines.lowerBound * geometry.output[2], plane,
      m: outputs, n: count, k: depth)
  }

  /// dW += dy columns^T
  public func weightGradient(
    _ dy: TensorStorage, _ x: TensorStorage, addingTo dw: TensorStorage
  ) {
    let (dy, dw, depth) = (dy.pointer, dw.pointer, geometry.depth)
    forEachBlock(gathering: x.pointer) { b, start, count, columns, stride in
      MatrixProduct.multiply(
        .init(dy + b * outputSample + start, plane), .init(columns, stride, isTransposed: true),
        into: .init(dw, depth, base: .itself), m: outputs, n: depth, k: count)
    }
  }

  /// dx += scatter(W^T dy)
  public func inputGradient(
    _ dy: TensorStorage, _ w: TensorStorage, addingTo dx: TensorStorage
  ) {
    let (dy, w, dx, depth) = (dy.pointer, w.pointer, dx.pointer, geometry.depth)
    if geometry.isPointwise {
      for b in 0..<batch {
        MatrixProduct.multiply(
          .init(w, depth, isTransposed: true), .init(dy + b * outputSample, plane),
          into: .init(dx + b * inputSample, plane, base: .itself), m: depth, n: plane, k: outputs)
      }
      return
    }
    let columns = TensorStorage(uninitialized: depth * geometry.blockColumns)
    for b in 0..<batch {
      for lines in blocks {
        let count = lines.count * geometry.output[2]
        MatrixProduct.multiply(
          .init(w, depth, isTransposed: true),
          .init(dy + b * outputSample + lines.lowerBound * geometry.output[2], plane),
          into: .init(columns.pointer, count), m: depth, n: count, k: outputs)
        geometry.scatter(columns.pointer, lines, addingTo: dx + b * inputSample)
      }
    }
  }

  /// db += sum over samples and positions of dy
  public func biasGradient(_ dy: TensorStorage, addingTo db: TensorStorage) {
    let (dy, db) = (dy.pointer, db.pointer)
    for row in 0..<planes {
      db[row % outputs] += VectorMath.sum(dy + row * plane, plane)
    }
  }

  /// Calls `body` with each block of columns `[depth, count]` of row stride `stride` and the
  /// output position it starts at.
  private func forEachBlock(
    gathering x: UnsafePointer<Float>,
    _ body: (
      _ sample: Int, _ start: Int, _ count: Int, _ columns: UnsafePointer<Float>, _ stride: Int
    ) -> Void
  ) {
    if geometry.isPointwise {
      for b in 0..<batch { body(b, 0, plane, x + b * inputSample, geometry.inputPlane) }
      return
    }
    let columns = TensorStorage(uninitialized: geometry.depth * geometry.blockColumns)
    for b in 0..<batch {
      for lines in blocks {
        geometry.gather(x + b * inputSample, lines, into: columns.pointer)
        let count = lines.count * geometry.output[2]
        body(b, lines.lowerBound * geometry.output[2], count, columns.pointer, count)
      }
    }
  }
}
