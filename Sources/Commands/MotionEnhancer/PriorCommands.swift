import Diagnostics
import Experiments
import MiniWorld
import ModelTools
import MotionEnhancer
import Ranks
import ScriptChecker
import ScriptInterpreter
import Tensors
import Video
import VideoDiffusion

/// Which text of a clip conditions the diffusion model.
enum ConditioningText: String, CaseIterable {
  case questionAndAnswer = "question+answer"
  case question, answer, caption
}

/// By what heads or tokens are selected.
enum SelectionRule: String, CaseIterable {
  /// Their scores.
  case motion
  /// Chance, as a control.
  case random
  /// Nothing: all of them.
  case all
}

/// Commands from clips to alignment targets.
enum PriorCommands {
  static let all = [extract, ensemble, selectHeads, selectTokens, oracle, shuffled]

  private static let extract = HostCommand(
    CommandSignature(
      "extract", "Extracts text-to-vision attention maps and head metrics from each clip.",
      topic: "alignment", positional: [.init("model", .handle("model"))],
      named: [
        .init("data", .handle("dataset")),
        .init("steps", .int, "DDIM inversion and denoising steps", default: 5, in: .ints(1...1000)),
        .init(
          "guidance", .float, "classifier-free guidance scale; 1 turns it off", default: 6.0,
          in: .floats(0...100)),
        .choice(
          "text", "text that conditions the model", default: ConditioningText.questionAndAnswer),
        .choice(
          "start", "latents that denoising starts from", default: ReconstructionStart.inverted),
        .init("memory", .bool, "also attend to the inversion trajectory", default: true),
        .choice("heads", "how heads are identified across layers", default: HeadIdentity.byIndex),
        .choice(
          "order", "whether to average maps or metrics over steps",
          default: ScoreOrder.averageThenScore),
        .choice(
          "scope", "softmax over the stream's own keys or both streams'",
          default: AttentionScope.own),
        .init(
          "band", .int, "width of the diagonal band", unit: "cells", default: 0, in: .ints(0...64)),
      ], result: .handle("priors"), cost: .expensive, example: "extract(vdm, data: clips, steps: 5)"
    )
  ) { context in
    let arguments = context.arguments
    let model: ModelHandle = try arguments.handle("model")
    let data: DatasetHandle = try arguments.handle("data")
    var options = ExtractionOptions()
    options.inversion = InversionOptions(
      steps: try arguments.int("steps"), guidance: Float(try arguments.float("guidance")),
      start: try arguments.choice("start"),
      memory: try arguments.bool("memory"))
    options.identity = try arguments.choice("heads")
    options.order = try arguments.choice("order")
    options.scope = try arguments.choice("scope")
    options.band = try arguments.int("band")
    let text: ConditioningText = try arguments.choice("text")
    let key = StreamKey(seed: context.seed, command: "extract")
    let label = counted(options.inversion.steps, "step")
    let sequence = StoredSequence(
      count: data.count, title: "extracting, \(label), \(data.split)", coding: PriorCoding.part
    ) { [options] in
      let bundle = try model.videoDiffusion()
      let extraction = PriorExtraction(bundle.model, options: options)
      return { index in
        try extraction.prior(
          latents: bundle.latents(of: try data.clips.clip(index)),
          text: conditioning(text, data, index), key: key.child("start", index),
          checkpoint: { _ in try checkCancellation() })
      }
    }
    let deferred = context.deferred(label, sequence: sequence)
    let origin = PriorOrigin(model: model, identity: options.identity) {
      try conditioning(text, data, $0)
    }
    return .handle(PriorsHandle(priors: deferred, data: data, label: label, origin: origin))
  }

  /// The text of a clip that conditions the diffusion model.
  private static func conditioning(
    _ kind: ConditioningText, _ data: DatasetHandle, _ index: Int
  ) throws -> String {
    let text = try data.question(index)
    switch kind {
    case .question: return text.question?.prompt ?? text.text
    case .answer: return text.question?.answer ?? text.text
    case .caption:
      var stream = RandomStream(StreamKey(seed: data.seed, command: "caption", index: index))
      return try data.scenes.trainingText(at: index, kind: .dense, stream: &stream).text
    case .questionAndAnswer: return text.text
    }
  }

  private static let ensemble = HostCommand(
    CommandSignature(
      "ensemble", "Combines the priors of several models; the heads of all can be selected.",
      topic: "alignment",
      positional: [.init("priors", .list(.handle("priors")), "priors of the same clips and texts")],
      result: .handle("priors"), example: "ensemble([priors, extract(vdm, data: clips, steps: 10)])"
    )
  ) { context in
    let members: [PriorsHandle] = try context.arguments.handles("priors")
    guard let first = members.first else {
      throw context.arguments.failure("priors", "is empty")
    }
    guard members.allSatisfy({ $0.data.contentHash == first.data.contentHash }) else {
      throw context.arguments.failure("priors", "must be of the same clips")
    }
    let label = "ensemble of \(members.count)"
    let sequence = StoredSequence(
      count: first.data.count, title: "joining priors", coding: PriorCoding.part
    ) {
      let priors = try members.map { try $0.priors.get() }
      return { clip in
        guard let joined = MotionPrior.ensemble(try priors.map { try $0[clip] }) else {
          throw CommandError("the priors of clip \(clip) have different grids or tokens")
        }
        return joined
      }
    }
    let deferred = context.deferred(label, sequence: sequence)
    return .handle(PriorsHandle(priors: deferred, data: first.data, label: label))
  }

  private static let selectHeads = HostCommand(
    CommandSignature(
      "select_heads", "Motion-sensitive Head Selection (MHS) or one of its controls.",
      topic: "alignment", positional: [.init("priors", .handle("priors"))],
      named: [
        .init("keep", .float, "fraction of heads to keep, rounded up", default: 0.5, in: .share),
        .choice("by", "by motion score, at random, or keep all", default: SelectionRule.motion),
      ], result: .handle("heads"), example: "extract(vdm, data: clips) |> select_heads(keep: 0.5)")
  ) { context in
    let priors: PriorsHandle = try context.arguments.handle("priors")
    let keep = try context.arguments.float("keep")
    let selection: HeadSelection =
      switch try context.arguments.choice("by", SelectionRule.self) {
      case .random:
        .random(keep: keep, key: StreamKey(seed: context.seed, command: "select_heads"))
      case .all: .all
      case .motion: .motionSensitive(keep: keep)
      }
    return .handle(
      SelectedHeadsHandle(
        priors: priors, selection: selection, contentHash: context.key().hex))
  }

  private static let selectTokens = HostCommand(
    CommandSignature(
      "select_tokens", "Motion-salient Text Token Identification (MTTI) or one of its controls.",
      topic: "alignment", positional: [.init("heads", .handle("heads"))],
      named: [
        .init("keep", .float, "fraction of tokens to keep, rounded up", default: 0.5, in: .share),
        .choice("by", "by motion score, at random, or keep all", default: SelectionRule.motion),
        .init(
          "gate", .float, "fraction of clips, worst reconstructed first, to drop as targets",
          default: 0.0, in: .floats(0...1)),
      ], result: .handle("targets"),
      example: "extract(vdm, data: clips) |> select_heads() |> select_tokens(keep: 0.5)")
  ) { context in
    let heads: SelectedHeadsHandle = try context.arguments.handle("heads")
    let keep = try context.arguments.float("keep")
    let selection: TokenSelection =
      switch try context.arguments.choice("by", SelectionRule.self) {
      case .random:
        .random(keep: keep, key: StreamKey(seed: context.seed, command: "select_tokens"))
      case .all: .all
      case .motion: .motionSalient(keep: keep)
      }
    let gate = try context.arguments.float("gate")
    let chosen = heads.selection
    let priors = heads.priors
    return .handle(
      try TargetsHandle("selected", data: priors.data, context) {
        let all = try priors.priors.get()
        let passes = try ConfidenceGate.passes(all, leavingOut: gate)
        return all.mapped { index, prior in
          passes?[index] ?? true
            ? AlignmentTarget(prior, index: index, heads: chosen, tokens: selection)
            : .nothing(on: prior.grid)
        }
      })
  }

  private static let oracle = HostCommand(
    CommandSignature(
      "oracle", "Ground-truth targets: the boxes of the named object.",
      topic: "alignment", positional: [.init("data", .handle("dataset"))],
      named: [
        .init("frames", .int, "frames of the target grid", default: 5, in: .ints(1...64)),
        .init(
          "side", .int, "height and width of the target grid", unit: "cells", default: 6,
          in: .ints(1...64)),
        .init(
          "dilution", .float, "mass on each other object, relative to the named one",
          default: 0.0, in: .floats(0...10)),
      ], result: .handle("targets"), example: "oracle(clips)")
  ) { context in
    let data: DatasetHandle = try context.arguments.handle("data")
    let side = try context.arguments.int("side")
    let grid = TokenGrid(frames: try context.arguments.int("frames"), height: side, width: side)
    let dilution = Float(try context.arguments.float("dilution"))
    return .handle(
      try TargetsHandle("oracle", data: data, context) {
        // What a few clips take while their targets are made.
        let row = CheckedSize.saturating(grid.count, MemoryLayout<Float>.stride)
        try MemoryEstimate.require(
          CheckedSize.saturating(row, 17 * Workers.count),
          for: "`oracle` with a grid of \(grid.count) cells", suggestion: "use a smaller grid")
        let maps = GroundTruthMaps(data.scenes.specification, grid: grid)
        return ClipSequence(count: data.count) { clip in
          try checkCancellation()
          return AlignmentTarget(
            oracle: try data.question(clip), try data.scenes.truth(at: clip), maps, grid: grid,
            dilution: dilution)
        }
      })
  }

  private static let shuffled = HostCommand(
    CommandSignature(
      "shuffled",
      "Control: reassigns the targets to other clips, so they carry no information.",
      topic: "alignment", positional: [.init("targets", .handle("targets"))],
      result: .handle("targets"), draws: true, example: "shuffled(oracle(clips))")
  ) { context in
    let targets: TargetsHandle = try context.arguments.handle("targets")
    let key = StreamKey(seed: context.seed, command: "shuffled")
    return .handle(
      try TargetsHandle("shuffled \(targets.label)", data: targets.data, context) {
        let own = try targets.targets()
        var stream = RandomStream(key)
        let order = stream.permutation(own.count)
        return own.mapped { index, target in
          let (rows, spans, grid) = (try own[order[index]].rows, target.spans, target.grid)
          guard rows.shape[0] > 0, !spans.isEmpty else { return .nothing(on: grid) }
          return AlignmentTarget(
            grid: grid, spans: spans,
            rows: rows.mean(axes: [0], keepingAxes: true).broadcast(to: [spans.count, grid.count]))
        }
      })
  }
}
