import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct RotaryTests {
  /// With tables of angles, and with any other tables: their gradient is the transpose as well.
  @Test(arguments: [RotaryLayout.interleaved, .halves], [true, false])
  func rotations(_ layout: RotaryLayout, isRotation: Bool) throws {
    for headDim in [2, 4, 6, 8, 16, 18] {
      let half = headDim / 2
      let angles = draw([3, half], headDim)
      /// The pair and the side of one channel.
      func place(_ i: Int) -> (pair: Int, partner: Int, first: Bool) {
        switch layout {
        case .interleaved: (i / 2, i ^ 1, i % 2 == 0)
        case .halves: (i % half, (i + half) % headDim, i < half)
        }
      }
      func table(_ f: (Double) -> Double) -> Tensor {
        let grid = Grid([3, headDim]) { f(Double(angles[$0[0], place($0[1]).pair])) }
        return Tensor(shape: grid.shape, values: grid.values.map { Float($0) })
      }
      let cosines = isRotation ? table { cos($0) } : draw([3, headDim], 1)
      let sines = isRotation ? table { sin($0) } : draw([3, headDim], 2)
      try checkOperation(
        "rotary \(layout) of width \(headDim)", [draw([2, 3, 2, headDim])],
        { $0[0].rotated(cosines: cosines, sines: sines, layout: layout) },
        reference: { x in
          Grid(x[0].shape) { index in
            let (b, t, h, i) = (index[0], index[1], index[2], index[3])
            let p = place(i)
            let other = x[0][b, t, h, p.partner] * Double(sines[t, i])
            return x[0][index] * Double(cosines[t, i]) + (p.first ? -other : other)
          }
        })
    }
  }
}
