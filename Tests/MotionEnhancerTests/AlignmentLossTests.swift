import MotionEnhancer
import Tensors
import Testing
import Video

@Suite struct AlignmentLossTests {
  private static let grid = TokenGrid(frames: 2, height: 1, width: 2)

  private func target(_ values: [Float]) -> AlignmentTarget {
    AlignmentTarget(
      grid: Self.grid, spans: (0..<values.count / 4).map { $0..<$0 + 1 },
      rows: Tensor(shape: [values.count / 4, 4], values: values))
  }

  private func loss(_ options: AlignmentOptions, _ targets: [AlignmentTarget]) throws
    -> AlignmentLoss
  {
    try AlignmentLoss(
      options, targets: ClipSequence(targets), key: StreamKey(seed: 2, command: "loss"))
  }

  @Test func valuesByHand() throws {
    let teacher = target([0.1, 0.2, 0.3, 0.4, 0.4, 0.3, 0.2, 0.1])
    let student = Tensor(shape: [2, 4], values: [0.2, 0.2, 0.2, 0.4, 0.5, 0.2, 0.2, 0.1])
    // differences 0.1, 0, -0.1, 0 and 0.1, -0.1, 0, 0
    let expected: [(AlignmentForm, MapScale, Float)] = [
      (.mse, .none, 0.04 / 8), (.squaredL2, .none, 0.02), (.l2, .none, 0.1),
      (.mse, .rowSum, 16 * 0.04 / 8), (.l2, .rowSum, 0.4),
      // rows over 0.4, 0.4 and 0.5, 0.4
      (.squaredL2, .rowMax, (0.0625 + 0.0625 + 0.1225 + 0.01 + 0.0025) / 2),
    ]
    for (form, scale, value) in expected {
      let options = AlignmentOptions(form: form, scale: scale, aligner: .none)
      let found = try loss(options, [teacher])(student: student, teacher: teacher.rows).scalar
      let tolerance: Float = 1e-5 * max(1, value)
      #expect(abs(found - value) <= tolerance, "\(form) \(scale): \(found), expected \(value)")
    }
  }

  @Test(arguments: AlignmentForm.allCases)
  func equalMapsHaveNoDistance(_ form: AlignmentForm) throws {
    let rows: [Float] = [0.1, 0.2, 0.3, 0.4, 0.7, 0.1, 0.1, 0.1]
    let found = try loss(AlignmentOptions(form: form, aligner: .none), [])(
      student: target(rows).rows, teacher: target(rows).rows)
    #expect(abs(found.scalar) <= 1e-6)
  }

  @Test func cosineTakesAwayWhatTargetsShare() throws {
    let targets = [target([0.4, 0.2, 0.2, 0.2]), target([0.2, 0.4, 0.2, 0.2])]
    let options = AlignmentOptions(form: .cosine, aligner: .none)
    let found = try loss(options, targets)(
      student: Tensor(shape: [1, 4], values: [0.35, 0.15, 0.25, 0.25]),
      teacher: targets[0].rows)
    #expect(abs(found.scalar) <= 1e-5)
  }

  /// Every form, scale and aligner against differences of the loss.
  @Test(arguments: AlignmentForm.allCases, MapScale.allCases)
  func gradients(_ form: AlignmentForm, _ scale: MapScale) throws {
    let targets = [
      target([0.1, 0.2, 0.3, 0.4, 0.6, 0.2, 0.15, 0.05]), target([0.3, 0.3, 0.3, 0.1]),
    ]
    for kind in AlignerKind.allCases {
      let loss = try loss(
        AlignmentOptions(form: form, scale: scale, aligner: kind), targets)
      let values: [Float] = [0.2, 0.15, 0.25, 0.4, 0.5, 0.25, 0.2, 0.05]
      let student = Parameter(name: "student", Tensor(shape: [2, 4], values: values))
      func value() -> Float { loss(student: student.tensor, teacher: targets[0].rows).scalar }
      let gradients = Gradients()
      gradients.backward(from: loss(student: student.tensor, teacher: targets[0].rows))
      for parameter in [student] + (loss.aligner?.store.parameters ?? []) {
        let found = try #require(gradients[parameter]).values
        let scale = found.reduce(1e-3) { max($0, abs($1)) }
        for i in found.indices {
          let step: Float = 2e-3
          parameter.update { $0[i] += step }
          let high = value()
          parameter.update { $0[i] -= 2 * step }
          let low = value()
          parameter.update { $0[i] += step }
          let numeric = (high - low) / (2 * step)
          #expect(
            abs(found[i] - numeric) <= 0.02 * scale + 2e-4,
            "\(form) \(scale) \(kind) \(parameter.name)[\(i)]: \(found[i]), \(numeric)")
        }
      }
    }
  }

  @Test func studentRowsFollowSpans() throws {
    // Tokens at places 4...7 cover bytes 0-3, 3-5, 5-9, 9-9 (nothing).
    let tokens = [(4, 0..<3), (5, 3..<5), (6, 5..<9), (7, 9..<9)].map { (place: $0.0, span: $0.1) }
    let maps = try #require(
      StudentMaps(
        tokens: tokens, spans: [2..<6, 20..<22, 6..<9], rows: .selected, binding: 9,
        teacher: Self.grid))
    #expect(maps.rows == [4, 5, 6])
    #expect(maps.targetRows == [0, 2])
    // [layers, heads, rows, vision] on the teacher's grid; layers and heads are averaged.
    let attention = Tensor(
      shape: [2, 1, 3, 4],
      values: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0])
    let found = maps(attention, grid: .init(frames: 2, height: 1, width: 2))
    #expect(found.shape == [2, 4])
    let third: Float = 1 / 3
    let expected: [Float] = [third, third / 2, third, third / 2, 0, 0, 1, 0]
    for (x, y) in zip(found.values, expected) { #expect(abs(x - y) <= 1e-6) }
    #expect(
      StudentMaps(
        tokens: tokens, spans: [20..<22], rows: .selected, binding: 9, teacher: Self.grid) == nil)
    let binding = try #require(
      StudentMaps(
        tokens: tokens, spans: [20..<22], rows: .binding, binding: 9, teacher: Self.grid))
    #expect(binding.rows == [9])
  }

  @Test func studentGridIsResized() throws {
    let maps = try #require(
      StudentMaps(
        tokens: [(0, 0..<1)], spans: [0..<1], rows: .selected, binding: 0,
        teacher: TokenGrid(frames: 1, height: 2, width: 2)))
    let constant = Tensor.full([1, 2, 1, 3 * 4 * 4], 0.25)
    let found = maps(constant, grid: .init(frames: 3, height: 4, width: 4))
    #expect(found.shape == [1, 4])
    #expect(found.values.allSatisfy { abs($0 - 0.25) <= 1e-6 })
  }
}
