import Foundation
import MotionEnhancer
import Tensors
import Video
import VisionLanguage

/// Language loss and cosine alignment loss from their formulas, in double precision, on the logits
/// and the whole attention maps of a pass without gradients.
struct PlainAlignment {
  private let targets: [[Double]]  // [samples][S], the mean of a target's rows, as distributions
  private let common: [Double]  // [S], what all rows of all targets share
  private let from: TokenGrid
  private let to: TokenGrid

  init(targets: [AlignmentTarget], grid: TokenGrid) {
    from = grid
    to = targets[0].grid
    let width = to.count
    func row(_ target: AlignmentTarget, _ index: Int) -> [Double] {
      target.rows.values[index * width..<(index + 1) * width].map(Double.init)
    }
    let all = targets.map { target in target.spans.indices.map { row(target, $0) } }
    self.targets = all.map { Self.distribution(Self.mean($0)) }
    common = Self.mean(all.joined().map(Self.distribution))
  }

  /// - Parameter index: the sample's, which is its target's
  func losses(
    _ model: Qwen25VL.Model, _ sample: TuningSample, index: Int
  ) throws -> (language: Double, alignment: Double) {
    let (pass, maps) = try withoutGradients { try model.attentionMaps(sample.input) }
    let columns = pass.layout.visionColumns
    var rows: [[Double]] = []
    for layer in 0..<maps.shape[0] {
      for head in 0..<maps.shape[1] {
        rows.append(columns.map { Double(maps[layer, head, sample.binding, $0]) })
      }
    }
    let student = centred(Self.distribution(resized(Self.mean(rows))))
    let teacher = centred(zip(targets[index], common).map { $0 - $1 })
    return (language(pass, sample.labels), 1 - cosine(student, teacher))
  }

  private func language(_ pass: ForwardPass, _ labels: [Int]) -> Double {
    let rows = ForwardPass.rowsPredicting(labels)
    let logits = withoutGradients { pass.logits(atRows: rows) }
    let width = logits.shape[1]
    let losses = rows.enumerated().map { place, row in
      let line = logits.values[place * width..<(place + 1) * width].map(Double.init)
      let top = line.max() ?? 0
      let sum = line.reduce(0) { $0 + exp($1 - top) }
      return log(sum) + top - line[labels[row + 1]]
    }
    return losses.reduce(0, +) / Double(losses.count)
  }

  /// Linear interpolation of `[F, H, W]` to the teacher's grid, half-pixel centres, at each new
  /// cell from its eight neighbours.
  private func resized(_ map: [Double]) -> [Double] {
    func taps(_ place: Int, _ from: Int, _ to: Int) -> [(Int, Double)] {
      let position = max(0, (Double(place) + 0.5) * Double(from) / Double(to) - 0.5)
      let low = min(Int(position), from - 1)
      let weight = min(1, position - Double(low))
      return [(low, 1 - weight), (min(low + 1, from - 1), weight)]
    }
    return (0..<to.count).map { token in
      var value = 0.0
      for (f, a) in taps(token / to.cells, from.frames, to.frames) {
        for (y, b) in taps(token % to.cells / to.width, from.height, to.height) {
          for (x, c) in taps(token % to.width, from.width, to.width) {
            value += a * b * c * map[(f * from.height + y) * from.width + x]
          }
        }
      }
      return value
    }
  }

  private func centred(_ row: [Double]) -> [Double] {
    let level = row.reduce(0, +) / Double(row.count)
    return row.map { $0 - level }
  }

  private func cosine(_ a: [Double], _ b: [Double]) -> Double {
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    return dot(a, b) / ((dot(a, a) + 1e-12).squareRoot() * (dot(b, b) + 1e-12).squareRoot())
  }

  private static func distribution(_ row: [Double]) -> [Double] {
    let sum = row.reduce(0, +)
    return row.map { $0 / sum }
  }

  private static func mean(_ rows: [[Double]]) -> [Double] {
    rows[0].indices.map { column in
      rows.reduce(0) { $0 + $1[column] } / Double(rows.count)
    }
  }
}
