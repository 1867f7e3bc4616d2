import Diagnostics
import Evaluation
import Experiments
import JSON
import MotionEnhancer
import OrderedCollections
import ScriptChecker
import ScriptInterpreter
import Tensors
import Video
import VideoDiffusion

/// Commands that look into what was extracted.
enum MeasureCommands {
  static let all = [textUse, localisation, specificEnergy, reconstruction]

  private static let textUse = HostCommand(
    CommandSignature(
      "text_use", "Diffusion loss with the clip's own text, another clip's text, and no text.",
      topic: "measures", positional: [.init("model", .handle("model"))],
      named: [
        .init("data", .handle("dataset")),
        .init(
          "timesteps", .list(.int), "training timesteps (noise levels)",
          default: .list([99, 299, 499, 699, 899]), in: .ints(0...999)),
      ], result: .record, cost: .expensive, example: "text_use(vdm, data: clips)")
  ) { context in
    let handle: ModelHandle = try context.arguments.handle("model")
    let data: DatasetHandle = try context.arguments.handle("data")
    let timesteps = try context.arguments.ints("timesteps")
    guard !timesteps.isEmpty else { throw context.arguments.failure("timesteps", "is empty") }
    let key = StreamKey(seed: context.seed, command: "text_use")
    let deferred = context.deferred("text_use", coding: NamedNumbers.coding) {
      (parts: KeptParts) in
      let bundle = try handle.videoDiffusion()
      let model = bundle.model
      @Sendable func caption(_ index: Int) throws -> Tensor {
        var stream = RandomStream(key.child("text", index))
        let text = try data.scenes.trainingText(at: index, kind: .dense, stream: &stream).text
        return model.textEncoder(model.tokens(text).ids)
      }
      let losses = try parts.map(clipsOf: data, "measuring text use on", coding: .numbers) {
        index, clip in
        try withoutGradients {
          let latents = bundle.latents(of: clip)
          let rotary = model.rotary(for: latents.shape)
          let texts = [
            try caption(index), try caption((index + 1) % data.count),
            model.textEncoder(model.tokens("").ids),
          ]
          var sums = [Double](repeating: 0, count: texts.count)
          for timestep in timesteps {
            let noise = Tensor.normal(latents.shape, key: key.child("noise \(timestep)", index))
            let level = model.schedule.level(timestep)
            let wanted = DDIM.velocity(latents, noise: noise, level: level)
            let noised = DDIM.noised(latents, noise: noise, level: level)
            for (place, text) in texts.enumerated() {
              let found = model.transformer(
                noised, text: text, timesteps: [Float(timestep)], rotary: rotary
              ).sample
              sums[place] += Double((found - wanted).squared().mean().scalar)
            }
          }
          return sums.map { $0 / Double(timesteps.count) }
        }
      }
      return NamedNumbers.means(losses, names: ["own text", "shuffled text", "empty text"])
    }
    return try deferred.get().value
  }

  private static let localisation = HostCommand(
    CommandSignature(
      "localisation",
      "Attention on the object a word names, relative to other moving objects and to chance.",
      topic: "measures", positional: [.init("priors", .handle("priors"))],
      named: [
        .init("keep", .float, "fraction of heads to keep", default: 0.5, in: .share),
        .choice("by", default: SelectionRule.motion),
        .choice("words", "words whose attention is measured", default: WordRole.colour),
      ], result: .record, cost: .expensive, example: "localisation(priors, words: \"colour\")")
  ) { context in
    let handle: PriorsHandle = try context.arguments.handle("priors")
    let keep = try context.arguments.float("keep")
    let words = try context.arguments.choice("words", WordRole.self)
    let selection: HeadSelection =
      switch try context.arguments.choice("by", SelectionRule.self) {
      case .random:
        .random(keep: keep, key: StreamKey(seed: context.seed, command: "localisation"))
      case .all: .all
      case .motion: .motionSensitive(keep: keep)
      }
    let deferred = context.deferred(
      "localisation of \(words.rawValue)", coding: NamedNumbers.coding
    ) {
      let priors = try handle.priors.get()
      var measured: [[Double]] = []
      try priors.visit { clip, prior in
        try checkCancellation()
        let places = WordPlaces(
          prior, text: try handle.data.question(clip),
          truth: try handle.data.scenes.truth(at: clip), words: words)
        guard let places else { return }
        let found = places.localisation(
          of: prior.map(heads: selection.heads(prior, index: clip)))
        measured.append([found.named, found.other, found.chance, found.first])
      }
      guard !measured.isEmpty else {
        throw CommandError(
          "\(handle.data.description): no question names one of several objects"
            + (words == .all ? "" : " by its \(words.rawValue)")
            + ", so there is nothing to measure",
          code: .invalidValue)
      }
      let means = NamedNumbers.means(measured, names: ["named", "other", "chance", "first"]).numbers
      let (named, other, chance) = (
        means["named"] ?? 0, means["other"] ?? 0, means["chance"] ?? 0
      )
      return NamedNumbers(
        numbers: [
          "named over other": named / max(other, 1e-12),
          "named over chance": named / max(chance, 1e-12),
          "named is first %": 100 * (means["first"] ?? 0), "clips": Double(measured.count),
        ])
    }
    return try deferred.get().value
  }

  private static let specificEnergy = HostCommand(
    CommandSignature(
      "specific_energy",
      "Fraction of the targets' energy not explained by one map common to all clips.",
      topic: "measures", positional: [.init("targets", .handle("targets"))], result: .float,
      example: "specific_energy(oracle(clips))")
  ) { context in
    let handle: TargetsHandle = try context.arguments.handle("targets")
    let targets = try handle.targets()
    var energy: SpecificEnergy?
    try targets.visit { _, target in
      try checkCancellation()
      var sum = energy ?? SpecificEnergy(width: target.grid.count)
      let (values, width) = (target.rows.values, target.grid.count)
      for row in target.spans.indices { sum.add(values[row * width..<(row + 1) * width]) }
      energy = sum
    }
    guard let share = energy?.share else {
      throw CommandError("no clip has a target, so the energy is undefined", code: .invalidValue)
    }
    return .float(share)
  }

  private static let reconstruction = HostCommand(
    CommandSignature(
      "reconstruction", "Mean relative reconstruction error of the latents.", topic: "measures",
      positional: [.init("priors", .handle("priors"))], result: .record,
      example: "reconstruction(priors)")
  ) { context in
    let handle: PriorsHandle = try context.arguments.handle("priors")
    let priors = try handle.priors.get()
    var sum = 0.0
    try priors.visit { _, prior in sum += prior.reconstructionError }
    return try NamedNumbers(
      numbers: ["relative error": sum / Double(max(priors.count, 1))]
    ).value
  }
}
