public import Tensors
import Video

/// The clips of one split with their texts and ground truth, drawn on demand.
public struct SceneDataset: Sendable {
  public let specification: SceneSpecification
  public let split: SceneSpecification.Split
  private let generator: SceneGenerator
  private let answerWeights: AnswerWeights

  public init(_ specification: SceneSpecification, seed: Int, split: String) throws(SceneError) {
    self.specification = specification
    self.generator = try SceneGenerator(specification, seed: seed, split: split)
    self.split = generator.split
    self.answerWeights = try AnswerWeights(generator)
  }

  public var count: Int { split.count }

  public func scene(at index: Int) throws(SceneError) -> Scene {
    precondition(
      index >= 0 && index < count, "scene \(index) of split \(split.name), which has \(count)")
    return try generator.scene(at: index)
  }

  /// `[frames, height, width, 3]`
  public func clip(at index: Int) throws(SceneError) -> Clip {
    SceneRenderer(specification).render(try scene(at: index))
  }

  public func truth(at index: Int) throws(SceneError) -> SceneTruth {
    SceneTruth(try scene(at: index), specification)
  }

  public func questions(at index: Int) throws(SceneError) -> [Question] {
    QuestionWriter(specification).questions(try scene(at: index))
  }

  /// A text to train on. Objects are spoken of in random order; questions are drawn so that all
  /// tasks, and all answers of a task, are about equally frequent.
  /// - Parameters:
  ///   - kind: by default drawn in the proportions of the split
  ///   - stream: what is drawn depends on its position and the scene alone
  public func trainingText(
    at index: Int, kind: SceneTextKind? = nil, stream: inout RandomStream
  ) throws(SceneError) -> SceneText {
    trainingText(of: try scene(at: index), kind: kind, stream: &stream)
  }

  /// Like ``trainingText(at:kind:stream:)``, for an existing scene.
  public func trainingText(
    of scene: Scene, kind: SceneTextKind? = nil, stream: inout RandomStream
  ) -> SceneText {
    let writer = CaptionWriter(specification)
    let kinds = SceneTextKind.allCases
    let drawn = kinds[stream.weighted(kinds.map { split.texts[$0] ?? 0 })]
    switch kind ?? drawn {
    case .dense: return writer.dense(scene, order: stream.permutation(scene.objects.count))
    case .motion: return writer.motion(scene, order: stream.permutation(scene.objects.count))
    case .single: return writer.single(scene, object: stream.integer(below: scene.objects.count))
    case .question: return question(of: scene, &stream)
    }
  }

  private func question(of scene: Scene, _ stream: inout RandomStream) -> SceneText {
    let writer = QuestionWriter(specification)
    let questions = writer.questions(scene)
    let weights = questions.map { answerWeights.weight($0) }
    return writer.text(questions[stream.weighted(weights)])
  }
}
