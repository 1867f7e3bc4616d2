import Capture
import Foundation
import Tensors
import TestSupport
import Testing

/// A probe on everything that can be read of a model, and what it collects.
func everything(
  _ table: ActivationTable
) throws -> (found: CollectedActivations, probe: Probe) {
  let found = CollectedActivations()
  let all = try table.points.map { try ActivationPattern($0.address) }
  return (found, found.probe(try ActivationSelection(all, of: table)))
}

/// Compares a captured attention map with the softmax of the scaled products of captured queries and
/// keys, in double precision.
func checkAttention(_ found: CollectedActivations, _ block: String) throws {
  let q = try #require(found["\(block).queries"])
  let k = try #require(found["\(block).keys"])
  let map = try #require(found["\(block).attention"])
  let (batch, queries, heads, width) = (q.shape[0], q.shape[1], q.shape[2], q.shape[3])
  let keys = k.shape[1]
  let (qs, ks) = (q.values, k.values)
  var expected: [Float] = []
  for b in 0..<batch {
    for head in 0..<heads {
      for query in 0..<queries {
        let scores = (0..<keys).map { key in
          let mine = ((b * queries + query) * heads + head) * width
          let its = ((b * keys + key) * heads + head) * width
          return (0..<width).reduce(0.0) { $0 + Double(qs[mine + $1]) * Double(ks[its + $1]) }
            / Double(width).squareRoot()
        }
        let top = scores.max() ?? 0
        let powers = scores.map { exp($0 - top) }
        let sum = powers.reduce(0, +)
        expected += powers.map { Float($0 / sum) }
      }
    }
  }
  expectClose(
    map, Tensor(shape: [batch, heads, queries, keys], values: expected), 1e-5,
    "\(block).attention from queries and keys")
}
