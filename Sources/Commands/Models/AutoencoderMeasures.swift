import Experiments
import ScriptChecker
import ScriptInterpreter
import Tensors
import VideoDiffusion

/// What the autoencoder keeps of the clips: a diffusion model sees no more than that.
enum AutoencoderMeasures {
  static let all = [autoencoderLoss]

  private static let autoencoderLoss = HostCommand(
    CommandSignature(
      "autoencoder_loss", "Fractions of the clips' variance and colour lost by the autoencoder.",
      topic: "measures", positional: [.init("model", .handle("model"))],
      named: [.init("data", .handle("dataset"))], result: .record, cost: .expensive,
      example: "autoencoder_loss(vdm, data: clips)")
  ) { context in
    let handle: ModelHandle = try context.arguments.handle("model")
    let data: DatasetHandle = try context.arguments.handle("data")
    let deferred = context.deferred("autoencoder_loss", coding: NamedNumbers.coding) {
      (parts: KeptParts) in
      let model = try handle.videoDiffusion().model
      let sums = try parts.map(clipsOf: data, "autoencoding", coding: .numbers) { _, clip in
        withoutGradients {
          let video = model.video(clip)
          return lost(of: video, decoded: model.vae.decode(model.vae.encode(video).mean))
        }
      }
      return NamedNumbers.shares(sums, names: ["variance lost %", "colour lost %"])
    }
    return try deferred.get().value
  }

  /// The squared error and the squared deviation from the clip's mean, and the same of what makes a
  /// pixel no grey: each channel less the mean over channels. Over several clips their sums are
  /// divided: the share of a clip without colour would be a number divided by nothing.
  /// - Parameters: `[1, channels, frames, height, width]`
  private static func lost(of video: Tensor, decoded: Tensor) -> [Double] {
    func sums(_ clip: Tensor, _ found: Tensor) -> [Double] {
      let spread = clip - clip.mean(axes: [1, 2, 3, 4], keepingAxes: true)
      return [found - clip, spread].map { Double($0.squared().sum().scalar) }
    }
    func colour(_ clip: Tensor) -> Tensor { clip - clip.mean(axes: [1], keepingAxes: true) }
    return sums(video, decoded) + sums(colour(video), colour(decoded))
  }
}
