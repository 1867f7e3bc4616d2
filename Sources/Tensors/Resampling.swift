import Kernels

extension Tensor {
  /// Every element repeated in blocks of `frames x height x width`.
  /// - Returns: `[..., F frames, H height, W width]` for `self [..., F, H, W]`.
  public func upsampledNearest(frames: Int = 1, height: Int = 1, width: Int = 1) -> Tensor {
    let blocks = BlockGrid(coarse: lastThree("upsampledNearest"), frames, height, width)
    let lead = Array(shape.dropLast(3))
    let result = Tensor.computed(lead + blocks.fine) {
      blocks.spread(storage, into: $0, grids: lead.product, scale: 1)
    }
    guard let node = gradientNode else { return result }
    let original = shape
    return result.recording([node]) { gradient, sink in
      let dx = Tensor.zeros(original)
      blocks.collect(gradient.storage, addingTo: dx.storage, grids: lead.product, scale: 1)
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
      whole.storage, addingTo: result.storage, grids: lead.product, scale: share)
    guard let node = whole.gradientNode else { return result }
    return result.recording([node]) { gradient, sink in
      let dx = Tensor.computed(lead + blocks.fine) {
        blocks.spread(gradient.storage, into: $0, grids: lead.product, scale: share)
      }
      sink.add(dx, to: node, owned: true)
    }
  }

  private func lastThree(_ operation: String) -> [Int] {
    precondition(rank >= 3, "\(operation) needs [..., frames, height, width], not \(shape)")
    return Array(shape.suffix(3))
  }
}
