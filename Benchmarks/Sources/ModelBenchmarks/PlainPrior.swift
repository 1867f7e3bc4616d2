import Capture
import Foundation
import MotionEnhancer
import Tensors
import Video
import VideoDiffusion

/// Attention maps as whole matrices and the head metrics by their definitions (MotionEnhancer,
/// section 3.2), in double precision, from the queries and keys of one reconstruction.
struct PlainPrior {
  private let records: [(queries: Tensor, keys: Tensor)]
  private let textTokens: Int
  private let grid: TokenGrid

  /// - Parameters:
  ///   - latents: `[1, frames, channels, height, width]`
  ///   - text: token ids, as those of the empty text
  init(
    _ model: VideoDiffusionModel, latents: Tensor, text: [Int], emptyText: [Int], grid: TokenGrid
  ) throws {
    var records: [(queries: Tensor, keys: Tensor)] = []
    try withoutGradients {
      let process = InversionReconstruction(
        model.transformer, schedule: model.schedule, options: InversionOptions())
      let (words, none) = (model.textEncoder(text), model.textEncoder(emptyText))
      let rotary = model.rotary(for: latents.shape)
      let trajectory = try process.invert(latents, emptyText: none, rotary: rotary)
      let joint = try ActivationSelection(
        "blocks.*.{queries,keys}", of: model.transformer.configuration.activations)
      _ = try process.reconstruct(
        trajectory, text: words, emptyText: none, rotary: rotary,
        probe: { _ in
          .eachBlock(of: joint) { _, found in
            records.append(
              (found["queries"]!.slice(0, 0..<1), found["keys"]!.slice(0, 0..<1)))
          }
        })
    }
    self.records = records
    textTokens = text.count
    self.grid = grid
  }

  /// Attention of the main stream to itself, averaged over steps and layers:
  /// `[textTokens + visionTokens][textTokens + visionTokens]`.
  func map(head: Int) -> [[Double]] {
    let tokens = textTokens + grid.count
    var sum = [[Double]](repeating: [Double](repeating: 0, count: tokens), count: tokens)
    for (queries, keys) in records {
      let (heads, width) = (queries.shape[2], queries.shape[3])
      let (q, k) = (queries.values, keys.values)
      for row in 0..<tokens {
        var scores = [Double](repeating: 0, count: tokens)
        for column in 0..<tokens {
          let (mine, its) = ((row * heads + head) * width, (column * heads + head) * width)
          for lane in 0..<width {
            scores[column] += Double(q[mine + lane]) * Double(k[its + lane])
          }
          scores[column] /= Double(width).squareRoot()
        }
        let top = scores.max() ?? 0
        let powers = scores.map { exp($0 - top) }
        let total = powers.reduce(0, +) * Double(records.count)
        for column in 0..<tokens { sum[row][column] += powers[column] / total }
      }
    }
    return sum
  }

  /// - Parameter map: of one head, over text and vision
  func metrics(of map: [[Double]]) -> HeadMetrics {
    let places = 0..<grid.count
    func entry(_ row: Int, _ column: Int) -> Double { map[textTokens + row][textTokens + column] }
    var (sum, inside, outside) = (0.0, 0.0, 0.0)
    for row in places {
      for column in places {
        let value = entry(row, column)
        sum += value
        if row % grid.cells == column % grid.cells {
          inside += value * value
        } else {
          outside += value * value
        }
      }
    }
    let threshold = sum / Double(grid.count * grid.count)
    var (salient, continuity) = (0, 0.0)
    for cell in 0..<grid.cells {
      var (above, runs) = (0, 0)
      for frame in 0..<grid.frames {
        var wasAbove = false
        for other in 0..<grid.frames {
          let value = entry(frame * grid.cells + cell, other * grid.cells + cell)
          if value >= threshold { salient += 1 }
          if value > threshold {
            above += 1
            if !wasAbove { runs += 1 }
          }
          wasAbove = value > threshold
        }
      }
      if runs > 0 { continuity += Double(above) / Double(runs) }
    }
    return HeadMetrics(
      focus: inside / outside, continuity: continuity / Double(grid.cells),
      saliency: Double(salient) / Double(grid.count * grid.frames))
  }
}
