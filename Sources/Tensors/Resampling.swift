extension Tensor {
  /// Every element repeated in blocks of `frames x height x width`.
  /// - Returns: `[..., F frames, H height, W width]` for `self [..., F, H, W]`.
  public func upsampledNearest(frames: Int = 1, height: Int = 1, width: Int = 1) -> Tensor {
    let blocks = BlockGrid(coarse: lastThree("upsampledNearest"), frames, height, width)
    let lead = Array(shape.dropLast(3))
    let result = Tensor(shape: lead + blocks.fine) { out in
      blocks.spread(pointer, into: out, grids: lead.product, scale: 1)
    }
    guard let node = gradientNode else { return result }
    let original = shape
    return result.recording([node]) { gradient, sink in
      let dx = Tensor.zeros(original)
      blocks.collect(
        gradient.pointer, addingTo: dx.storage.pointer, grids: lead.product, scale: 1)
      sink.add(dx, to: node, owned: true)
    }
  }

  /// Means of blocks of `frames x height x width`; what does not fill a block at the far end of
  /// an axis is left out.
  /// - Returns: `[..., F / frames, H / height, W / width]` for `self [..., F, H, W]`.
  public func averagePooled(frames: Int = 1, height: Int = 1, width: Int = 1) -> Tensor {
    let grid = lastThree("averagePooled")
    let blocks = BlockGrid(
      coarse: [grid[0] / frames, grid[1] / height, grid[2] / width], frames, height, width)
    // Blocks must tile the grid; the remainder is cut away first.
    var whole = self
    for axis in 0..<3 where blocks.fine[axis] != grid[axis] {
      whole = whole.slice(axis - 3, 0..<blocks.fine[axis])
    }
    let lead = Array(shape.dropLast(3))
    let share = 1 / Float(frames * height * width)
    let result = Tensor.zeros(lead + blocks.coarse)
    blocks.collect(
      whole.pointer, addingTo: result.storage.pointer, grids: lead.product, scale: share)
    guard let node = whole.gradientNode else { return result }
    return result.recording([node]) { gradient, sink in
      let dx = Tensor(shape: lead + blocks.fine) { out in
        blocks.spread(gradient.pointer, into: out, grids: lead.product, scale: share)
      }
      sink.add(dx, to: node, owned: true)
    }
  }

  private func lastThree(_ operation: String) -> [Int] {
    precondition(rank >= 3, "\(operation) needs [..., frames, height, width], not \(shape)")
    return Array(shape.suffix(3))
  }
}

/// A coarse grid and the finer one in which each of its cells is a block.
private struct BlockGrid {
  let coarse: [Int]
  let block: [Int]
  var fine: [Int] { zip(coarse, block).map { $0 * $1 } }

  init(coarse: [Int], _ frames: Int, _ height: Int, _ width: Int) {
    precondition(
      frames > 0 && height > 0 && width > 0, "block of \(frames) x \(height) x \(width)")
    self.coarse = coarse
    block = [frames, height, width]
  }

  /// The coarse row above each fine row, over all grids.
  private func forEachRow(_ grids: Int, _ body: (_ coarse: Int, _ fine: Int) -> Void) {
    let (fine, width) = (fine, coarse[2])
    var row = 0
    for grid in 0..<grids {
      for t in 0..<fine[0] {
        for y in 0..<fine[1] {
          let above = (grid * coarse[0] + t / block[0]) * coarse[1] + y / block[1]
          body(above * width, row * fine[2])
          row += 1
        }
      }
    }
  }

  /// Each cell's value times `scale` into all of its block.
  func spread(
    _ x: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>, grids: Int, scale: Float
  ) {
    let times = block[2]
    forEachRow(grids) { above, row in
      for i in 0..<coarse[2] {
        let value = x[above + i] * scale
        for j in 0..<times { out[row + i * times + j] = value }
      }
    }
  }

  /// Adds the sum of each block times `scale` to its cell.
  func collect(
    _ x: UnsafePointer<Float>, addingTo sum: UnsafeMutablePointer<Float>, grids: Int, scale: Float
  ) {
    let times = block[2]
    forEachRow(grids) { above, row in
      for i in 0..<coarse[2] {
        var value: Float = 0
        for j in 0..<times { value += x[row + i * times + j] }
        sum[above + i] += value * scale
      }
    }
  }
}
