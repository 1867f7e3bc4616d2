import Layers
import Ranks
import Tensors
import Testing
import Training
import Video
import VisionLanguage

/// Pretraining of a vision tower on what its cells show, for students of both architectures.
@Suite struct VisionPretrainingTests {
  private func run(
    _ kind: SmallStudent, steps: Int
  ) throws -> (model: any VisionLanguageModel, history: [[Double]]) {
    let student = try kind.student()
    let model = try student.instantiate()
    let video = try student.vision(SmallStudent.clip())
    let frames = student.architecture.frameCount / student.architecture.framesPerStep
    let cells = frames * kind.tokensPerFrame
    let labels = CellLabels(
      colours: (0..<cells).map { $0 % 3 }, shapes: (0..<cells).map { $0 % 2 },
      changes: (0..<4 * cells).map { Float($0 % 4) / 4 },
      cameras: [Int](repeating: 1, count: frames))
    var history: [[Double]] = []
    try VisionPretraining(
      plan: TrainingPlan(steps: steps, batch: 2, schedule: .constant), learningRate: 0.01,
      colours: 2, shapes: 1, cameras: 2, key: StreamKey(seed: 2, command: "vision-pretraining")
    ).run(
      model, samples: 1, progress: { history.append($1) }, sample: { _ in (video, labels) })
    return (model, history)
  }

  @Test(arguments: SmallStudent.allCases)
  func theTowerLearnsAndTheDecoderStays(_ kind: SmallStudent) throws {
    let before = try kind.student().instantiate()
    let (model, history) = try run(kind, steps: 25)
    #expect(history.count == 25)
    let first = history[0].reduce(0, +)
    #expect(history[24].reduce(0, +) < 0.8 * first)
    for (old, new) in zip(before.store.parameters, model.store.parameters) {
      let isDecoder = model.part(ofParameter: new.name) == .decoder
      if isDecoder { #expect(old.data.values == new.data.values, "\(new.name)") }
      #expect(!new.isTrainable)
    }
    let tower = [before, model].map { model in
      model.parameters(of: [.visionTower, .merger]).flatMap { $0.data.values }
    }
    #expect(tower[0] != tower[1])
  }

  @Test(arguments: SmallStudent.allCases)
  func sameBitsOnAnyNumberOfThreads(_ kind: SmallStudent) throws {
    let results = try [1, 2, 7].map { threads in
      try Workers.using(threads) { try run(kind, steps: 3).history }
    }
    #expect(results[1] == results[0] && results[2] == results[0])
  }
}
