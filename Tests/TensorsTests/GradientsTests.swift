import Tensors
import Testing

@Suite struct GradientsTests {
  @Test func sharedPartsAddUp() {
    let p = Parameter(name: "p", Tensor(shape: [2], values: [2, 3]))
    let x = p.tensor
    let y = x.squared()
    let gradients = Gradients()
    // x^2 + x^2 x: slope 2 x + 3 x^2
    gradients.backward(from: (y + y * x).sum())
    #expect(gradients[p]?.values == [16, 33])
  }

  @Test func severalLossesAddUp() {
    let p = Parameter(name: "p", Tensor(shape: [1], values: [3]))
    let gradients = Gradients()
    gradients.backward(from: p.tensor.squared().sum())
    gradients.backward(from: (p.tensor * 5).sum(), seed: 2)
    #expect(gradients[p]?.scalar == 16)
  }

  @Test func frozenAndUnusedParametersGetNothing() {
    let used = Parameter(name: "used", draw([2]))
    let frozen = Parameter(name: "frozen", draw([2]), isTrainable: false)
    let unused = Parameter(name: "unused", draw([2]))
    let gradients = Gradients()
    gradients.backward(from: (used.tensor * frozen.tensor).sum())
    #expect(gradients[used] != nil)
    #expect(gradients[frozen] == nil)
    #expect(gradients[unused] == nil)
  }

  @Test func detachedTensorsStopGradients() {
    let p = Parameter(name: "p", Tensor(shape: [1], values: [3]))
    let gradients = Gradients()
    gradients.backward(from: (p.tensor * p.tensor.detached()).sum())
    #expect(gradients[p]?.scalar == 3)
  }

  @Test func nothingIsRecordedInside() {
    let p = Parameter(name: "p", draw([2]))
    #expect(withoutGradients { (p.tensor * 2).gradientNode == nil })
    #expect((p.tensor * 2).gradientNode != nil)
  }

  /// A graph of many layers is walked without recursion.
  @Test func deepGraphs() {
    let p = Parameter(name: "p", Tensor(shape: [1], values: [1]))
    var x = p.tensor
    for _ in 0..<20_000 { x = x + 1 }
    let gradients = Gradients()
    gradients.backward(from: x.sum())
    #expect(gradients[p]?.scalar == 1)
  }

  /// An optimiser's step changes neither a snapshot nor tensors given to `load`.
  @Test func updatesAreTheParametersOwn() {
    let start = Tensor(shape: [1], values: [1])
    let p = Parameter(name: "p", start)
    p.update { $0[0] = 2 }
    let snapshot = p.snapshot()
    p.update { $0[0] = 3 }
    #expect((start.scalar, snapshot.scalar, p.data.scalar) == (1, 2, 3))
    let loaded = Tensor(shape: [1], values: [7])
    p.load(loaded)
    p.update { $0[0] = 8 }
    #expect((loaded.scalar, p.data.scalar) == (7, 8))
  }

  /// The sum of a leaf is not the cotangent's own memory.
  @Test func sumsDoNotShareStorage() {
    let p = Parameter(name: "p", draw([2]))
    let cotangent = Tensor(shape: [2], values: [1, 1])
    let gradients = Gradients()
    gradients.backward(from: p.tensor, cotangent: cotangent)
    gradients.backward(from: p.tensor, cotangent: cotangent)
    #expect(gradients[p]?.values == [2, 2])
    #expect(cotangent.values == [1, 1])
  }

  @Test func basics() {
    let x = Tensor(shape: [2, 3], values: [1, 2, 3, 4, 5, 6])
    #expect(x[1, 2] == 6 && x.count == 6 && x.rank == 2)
    #expect(x.allFinite)
    #expect(!Tensor(shape: [2], values: [1, .nan]).allFinite)
    #expect(Tensor.full([2], 3).values == [3, 3])
    #expect(Tensor.zeros([0, 3]).values == [])
    #expect([Int]().product == 1)
    #expect([2, 3, 4].rowMajorStrides == [12, 4, 1])
  }
}
