import Diagnostics
import Experiments
import JSON
import Layers
import MotionAlignment
import Ranks
import ScriptChecker
import ScriptInterpreter
import Tensors
import Video

/// Fine-tuning and scoring.
enum TuningCommands {
  static let all = [finetune, evaluate]

  private static let finetune = HostCommand(
    CommandSignature(
      "finetune", "Supervised fine-tuning with L_AR + lambda L_align.", topic: "alignment",
      positional: [.init("model", .handle("model"))],
      named: [
        .init("data", .handle("dataset")),
        .init(
          "align", .either([.handle("targets"), .none]), "none: the language loss alone",
          default: .nothing),
        .init(
          "loss", .string, "distance between the maps", default: "mse",
          in: TrainingCommands.choices(AlignmentForm.self)),
        .init(
          "scale", .string, "of both maps before a distance", default: "row-sum",
          in: TrainingCommands.choices(MapScale.self)),
        .init(
          "aligner", .string, "what stands between", default: "mlp",
          in: TrainingCommands.choices(AlignerKind.self)),
        .init(
          "rows", .string, "rows that are aligned", default: "selected",
          in: TrainingCommands.choices(AlignedRows.self)),
        .init("lambda", .float, default: 1.0, in: .floats(0...1000)),
        .init(
          "samples", .int, "drawn from the data for this stream", default: 1000,
          in: .ints(1...100_000)),
        .init("steps", .int, unit: "optimiser steps", default: 400, in: .ints(1...100_000)),
        .init("batch", .int, unit: "samples", default: 16, in: .ints(1...1024)),
        .init(
          "learning_rate", .float, "language model and merger", default: 2e-3,
          in: .learningRate),
        .init("vision_rate", .float, "share of it for the tower", default: 0.2, in: .floats(0...1)),
        .init("weight_decay", .float, default: 0.1, in: .floats(0...1)),
        .init("stream", .int, "numbers the repetition", default: 0, in: .number),
      ], result: .handle("model"), cost: .expensive,
      draws: true, example: "finetune(vlm, data: clips, align: targets, stream: 1)")
  ) { context in
    let arguments = context.arguments
    let source: ModelHandle = try arguments.handle("model")
    let data: DatasetHandle = try arguments.handle("data")
    let targets: TargetsHandle? = try arguments.optional("align") { try arguments.handle($0) }
    let stream = try arguments.int("stream")
    let rate = Float(try arguments.float("learning_rate"))
    let tuning = FineTuning(
      plan: try TrainingCommands.plan(context, warmup: 0.03, floor: 0), learningRate: rate,
      visionLearningRate: rate * Float(try arguments.float("vision_rate")),
      weightDecay: Float(try arguments.float("weight_decay")),
      alignment: AlignmentOptions(
        form: AlignmentForm(rawValue: try arguments.string("loss")) ?? .mse,
        scale: MapScale(rawValue: try arguments.string("scale")) ?? .rowSum,
        rows: AlignedRows(rawValue: try arguments.string("rows")) ?? .selected,
        aligner: AlignerKind(rawValue: try arguments.string("aligner")) ?? .mlp,
        weight: Float(try arguments.float("lambda"))),
      key: StreamKey(seed: context.seed, command: "finetune", index: stream))
    let count = try arguments.int("samples")
    guard count <= data.count else {
      throw arguments.failure(
        "samples", "is \(count), but the data have \(counted(data.count, "clip"))")
    }
    if let targets, targets.data.contentHash != data.contentHash {
      throw arguments.failure("align", "belongs to other clips: \(targets.data.description)")
    }
    let workspace = context.workspace
    let label = "\(targets?.label ?? "no alignment"), stream \(stream)"
    let deferred = context.deferred(label, coding: ModelCoding.language(workspace)) {
      let bundle = try source.visionLanguage()
      let student = bundle.student
      var draw = RandomStream(tuning.key.child("samples"))
      let chosen = draw.permutation(data.count).prefix(count)
      let samples = try Workers.map(count) { index in
        let place = chosen[chosen.startIndex + index]
        let text = try data.question(place)
        return try student.sample(
          student.vision(try data.clips.clip(place)), prompt: text.question?.prompt ?? text.text,
          answer: text.question?.answer ?? "")
      }
      let all = try targets?.targets()
      let model = try student.model()
      let meter = LossMeter(
        workspace, "fine-tuning, \(label)", tuning.plan.steps, ["loss", "align"])
      _ = try tuning.run(
        model, samples: samples, targets: all.map { all in chosen.map { all[$0] } } ?? [],
        checkpoint: { try checkCancellation() }, progress: meter.step)
      meter.end()
      return bundle.with(student.with(model.store.entries))
    }
    return .handle(ModelHandle(name: label, content: .visionLanguage(deferred)))
  }

  private static let evaluate = HostCommand(
    CommandSignature(
      "evaluate", "Accuracies on benchmarks, by task and pooled.", topic: "alignment",
      positional: [.init("model", .handle("model"))],
      named: [
        .init("on", .list(.handle("benchmark")), "benchmarks"),
        .init("split", .string, "of the mini world", default: "test"),
        .init("questions", .int, unit: "questions a task", default: 100, in: .ints(1...2000)),
        .init(
          "scoring", .string, "likeliest option, its words written, or its letter written",
          default: "likelihood", in: TrainingCommands.choices(AnswerScoring.self)),
      ], result: .record, cost: .expensive, numericsVersion: 2,
      example: "evaluate(vlm, on: [motionbench, favorbench])")
  ) { context in
    let model: ModelHandle = try context.arguments.handle("model")
    let benchmarks: [BenchmarkHandle] = try context.arguments.handles("on")
    guard !benchmarks.isEmpty else {
      throw context.arguments.failure(
        "on", "is empty", suggestion: "write on: [motionbench, favorbench]")
    }
    let split = try context.arguments.string("split")
    let questions = try context.arguments.int("questions")
    let scoring =
      AnswerScoring(rawValue: try context.arguments.string("scoring")) ?? .likelihood
    let (workspace, seed) = (context.workspace, context.seed)
    let deferred = context.deferred(
      "\(model.name), \(split)", coding: BenchmarkScores.coding, readsWorld: true
    ) { (parts: KeptParts) in
      try BenchmarkScores.measure(
        try model.visionLanguage().student, split: split, seed: seed, questions: questions,
        benchmarks: Set(benchmarks.map(\.benchmark)), scoring: scoring, label: model.name,
        in: workspace, parts: parts)
    }
    return .record(try deferred.get().record(benchmarks.map(\.benchmark)))
  }
}
