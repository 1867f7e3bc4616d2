import JSON
import Layers
import MotionEnhancer
import Ranks
import Tensors
import Testing
import Training
import Video
import VisionLanguage

@Suite struct FineTuningTests {
  private static let key = StreamKey(seed: 9, command: "fine-tuning")
  private static let (video, start, end) = (20, 21, 22)

  private func model() throws -> Qwen25VL.Model {
    let configuration = try Qwen25VL.Configuration(
      JSONNode([
        "image_token_id": 19, "video_token_id": .int(Self.video),
        "vision_start_token_id": .int(Self.start), "vision_end_token_id": .int(Self.end),
        "tie_word_embeddings": true,
        "text_config": [
          "vocab_size": 24, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
          "num_attention_heads": 2, "num_key_value_heads": 1, "rms_norm_eps": 1e-6,
          "rope_parameters": [
            "mrope_section": [2, 1, 1], "rope_theta": 10_000.0,
            "rope_type": "default",
          ],
        ],
        "vision_config": [
          "depth": 1, "hidden_size": 16, "intermediate_size": 20, "num_heads": 2,
          "out_hidden_size": 16, "patch_size": 4, "temporal_patch_size": 2,
          "spatial_merge_size": 1, "window_size": 12, "fullatt_block_indexes": [0],
          "tokens_per_second": 2, "in_channels": 3,
        ],
      ]))
    return try Qwen25VL.Model(configuration, source: .random(Self.key.child("model")))
  }

  private static func sample(_ index: Int) -> TuningSample {
    let grid = TokenGrid(frames: 2, height: 2, width: 2)
    let video = VisionInput(
      patches: .normal([grid.count, 96], key: Self.key.child("patches", index)), grid: grid)
    let words = [2 + index, 3, 4 + index, 10 + index]
    let tokens = [Self.start] + [Int](repeating: Self.video, count: 8) + [Self.end] + words
    var labels = [Int](repeating: -100, count: tokens.count)
    labels[13] = tokens[13]
    return TuningSample(
      video: video, tokens: tokens, labels: labels,
      text: (0..<4).map { (10 + $0, 2 * $0..<2 * $0 + 2) }, binding: 12)
  }

  private func target(_ index: Int) -> AlignmentTarget {
    let grid = TokenGrid(frames: 2, height: 1, width: 2)
    return AlignmentTarget(
      grid: grid, spans: [0..<2, 5..<6, 90..<91],
      rows: Tensor.normal([3, 4], key: Self.key.child("target", index)).softmax())
  }

  private func tune(
    _ model: Qwen25VL.Model, _ options: AlignmentOptions, aligned: Bool = true, steps: Int = 12
  ) throws -> [[Double]] {
    let tuning = FineTuning(
      plan: TrainingPlan(steps: steps, batch: 3, schedule: .constant), learningRate: 0.01,
      visionLearningRate: 0.002, alignment: options, key: Self.key.child("run"))
    return try tuning.run(
      model, count: 5, targets: aligned ? ClipSequence((0..<5).map(target)) : nil,
      sample: { Self.sample($0) })
  }

  @Test(arguments: AlignedRows.allCases)
  func lowersBothLosses(_ rows: AlignedRows) throws {
    let history = try tune(try model(), AlignmentOptions(form: .kl, rows: rows), steps: 30)
    func mean(_ steps: Range<Int>, _ column: Int) -> Double {
      steps.reduce(0) { $0 + history[$1][column] } / Double(steps.count)
    }
    for column in 0..<2 {
      #expect(mean(25..<30, column) < 0.8 * mean(0..<5, column), "loss \(column)")
    }
  }

  @Test(arguments: AlignedRows.allCases)
  func targetsWithoutRowsLeaveTheLanguageLossAlone(_ rows: AlignedRows) throws {
    let grid = TokenGrid(frames: 2, height: 1, width: 2)
    let (plain, gated) = (try model(), try model())
    let options = AlignmentOptions(form: .cosine, rows: rows, aligner: .none)
    let tuning = FineTuning(
      plan: TrainingPlan(steps: 3, batch: 3, schedule: .constant), learningRate: 0.01,
      visionLearningRate: 0.002, alignment: options, key: Self.key.child("run"))
    let without = try tuning.run(plain, count: 5) { Self.sample($0) }
    let with = try tuning.run(
      gated, count: 5, targets: ClipSequence(count: 5) { _ in .nothing(on: grid) }
    ) { Self.sample($0) }
    #expect(without == with)
    for (a, b) in zip(plain.store.entries, gated.store.entries) {
      #expect(a.tensor.values == b.tensor.values, "\(a.name)")
    }
  }

  @Test func plainTuningMeasuresNoAlignment() throws {
    let model = try model()
    let history = try tune(model, AlignmentOptions(), aligned: false, steps: 3)
    #expect(history.allSatisfy { $0[0] > 0 && $0[1] == 0 })
    #expect(model.store.parameters.allSatisfy { !$0.isTrainable })
  }

  /// Fine-tuning asks a model only for its parts and its forward pass: any architecture will do.
  @Test func internVLIsTunedTheSameWay() throws {
    let configuration = try InternVL.Configuration(
      JSONNode([
        "image_token_id": 19, "downsample_ratio": 0.5,
        "vision_config": [
          "hidden_size": 12, "num_attention_heads": 3, "num_hidden_layers": 1,
          "intermediate_size": 20, "image_size": 16, "patch_size": 4,
        ],
        "text_config": [
          "model_type": "qwen2", "vocab_size": 24, "hidden_size": 16, "intermediate_size": 24,
          "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
        ],
      ]))
    let model = try InternVL.Model(configuration, source: .random(Self.key.child("internvl")))
    model.store.freeze()
    let before = model.store.parameters.map { $0.data.values }
    let tuning = FineTuning(
      plan: TrainingPlan(steps: 20, batch: 2, schedule: .constant), learningRate: 0.01,
      visionLearningRate: 0.002, alignment: AlignmentOptions(form: .kl, rows: .binding),
      key: Self.key.child("run"))
    // Two frames of 2 x 2 tokens each.
    let tiles = Tensor.normal([2, 3, 16, 16], key: Self.key.child("tiles"))
    let video = try configuration.tiles(tiles)
    let tokens = [Int](repeating: 19, count: 8) + [2, 3, 4, 10]
    var labels = [Int](repeating: -100, count: tokens.count)
    labels[11] = 10
    let history = try tuning.run(
      model, count: 2, targets: ClipSequence((0..<2).map(target))
    ) { [labels] _ in
      TuningSample(
        video: video, tokens: tokens, labels: labels,
        text: (0..<4).map { (8 + $0, 2 * $0..<2 * $0 + 2) }, binding: 10)
    }
    #expect(history[19][0] < history[0][0] && history[19][1] < history[0][1])
    #expect(model.store.parameters.allSatisfy { !$0.isTrainable })
    let changed = zip(before, model.store.parameters).filter { $0 != $1.data.values }
    #expect(Set(changed.map { model.part(ofParameter: $1.name) }) == Set(ModelPart.allCases))
  }

  @Test func sameBitsOnAnyNumberOfThreads() throws {
    let results = try [1, 2, 7].map { threads in
      try Workers.using(threads) {
        let model = try model()
        let history = try tune(model, AlignmentOptions(), steps: 4)
        return (history, model.store.parameters.map { $0.data.values.map(\.bitPattern) })
      }
    }
    for result in results.dropFirst() {
      #expect(result.0 == results[0].0)
      #expect(result.1 == results[0].1)
    }
  }
}
