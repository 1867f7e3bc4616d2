import Capture
import Tensors

/// Inputs of one call of ``CogVideoXTransformer``, with the reference library's names in errors.
public struct CogVideoXInputs: Sendable {
  /// `hidden_states [batch, frames, channels, height, width]`
  public var hiddenStates: Tensor
  /// `encoder_hidden_states [batch, textTokens, textEmbedDim]`
  public var text: Tensor
  /// `timestep [batch]`, or one for all rows
  public var timesteps: [Float]
  /// `ofs [batch]`, or one for all rows; image-to-video models of 1.5 need it
  public var offsets: [Float]?
  /// `image_rotary_emb`
  public var rotary: RotaryPositions?

  public init(
    hiddenStates: Tensor, text: Tensor, timesteps: [Float], offsets: [Float]? = nil,
    rotary: RotaryPositions? = nil
  ) {
    self.hiddenStates = hiddenStates
    self.text = text
    self.timesteps = timesteps
    self.offsets = offsets
    self.rotary = rotary
  }
}

extension CogVideoXTransformer {
  /// One forward pass on untrusted inputs, which are validated first.
  /// - Throws: ``ModelInputError``
  public func callAsFunction(
    _ inputs: CogVideoXInputs, probe: Probe = .none
  ) throws -> Output {
    let batch = try check(inputs)
    func spread(_ numbers: [Float]) -> [Float] {
      numbers.count == batch ? numbers : [Float](repeating: numbers[0], count: batch)
    }
    return try self(
      inputs.hiddenStates, text: inputs.text, timesteps: spread(inputs.timesteps),
      offsets: inputs.offsets.map(spread), rotary: inputs.rotary, probe: probe)
  }

  /// - Returns: the batch size
  private func check(_ inputs: CogVideoXInputs) throws -> Int {
    func fail(_ input: String, _ reason: String) -> ModelInputError {
      ModelInputError(model: "CogVideoXTransformer3DModel", input: input, reason: reason)
    }
    let (latents, text) = (inputs.hiddenStates.shape, inputs.text.shape)
    guard latents.count == 5, latents[2] == configuration.inChannels, latents.product > 0 else {
      throw fail(
        "hidden_states",
        "shape \(latents); expected [batch, frames, \(configuration.inChannels), height, width]")
    }
    let batch = latents[0]
    guard text.count == 3, text[0] == batch, text[2] == configuration.textEmbedDim else {
      throw fail(
        "encoder_hidden_states",
        "shape \(text); expected [\(batch), tokens, \(configuration.textEmbedDim)]")
    }
    for (name, numbers) in [("timestep", inputs.timesteps), ("ofs", inputs.offsets ?? [0])]
    where numbers.count != batch && numbers.count != 1 {
      throw fail(name, "\(numbers.count) numbers; expected 1 or \(batch) (the batch size)")
    }
    if (inputs.offsets == nil) != (configuration.offsetEmbedDim == nil) {
      throw fail(
        "ofs",
        inputs.offsets == nil
          ? "missing; ofs_embed_dim is \(configuration.offsetEmbedDim!)"
          : "given, but the configuration has no ofs_embed_dim")
    }
    let tokens = try visionTokens(latents, fail)
    if let rotary = inputs.rotary {
      for (name, table) in [("cos", rotary.cosines), ("sin", rotary.sines)]
      where table.shape != [tokens, configuration.headDim] {
        throw fail(
          "image_rotary_emb.\(name)",
          "shape \(table.shape); expected [\(tokens), \(configuration.headDim)]")
      }
      guard configuration.headDim % 2 == 0 else {
        throw fail("image_rotary_emb.cos", "odd headDim \(configuration.headDim)")
      }
    }
    try checkPositions(latents, text, tokens, fail)
    return batch
  }

  private func visionTokens(
    _ latents: [Int], _ fail: (String, String) -> ModelInputError
  ) throws -> Int {
    let (patch, frames) = (configuration.patchSize, configuration.framePatch ?? 1)
    guard latents[1] % frames == 0 else {
      throw fail(
        "hidden_states",
        "\(latents[1]) latent frames are not a multiple of \(frames) (patch_size_t); repeat the "
          + "first latent frame and drop the copy afterwards")
    }
    let (height, width) = (latents[3], latents[4])
    guard height >= patch, width >= patch,
      configuration.framePatch == nil || (height % patch == 0 && width % patch == 0)
    else {
      throw fail(
        "hidden_states",
        "\(height) x \(width) cells cannot be divided into patches of \(patch) x \(patch)")
    }
    return latents[1] / frames * (height / patch) * (width / patch)
  }

  private func checkPositions(
    _ latents: [Int], _ text: [Int], _ tokens: Int, _ fail: (String, String) -> ModelInputError
  ) throws {
    guard configuration.positions != .none else { return }
    let sample = [configuration.sampleHeight, configuration.sampleWidth]
    if configuration.positions == .learned, Array(latents[3...]) != sample {
      throw fail(
        "hidden_states",
        "\(latents[3]) x \(latents[4]) cells; learned positions need sample_height \(sample[0]) "
          + "and sample_width \(sample[1])")
    }
    let positions = configuration.maxTextTokens + configuration.positionGrid(latents).product
    guard text[1] + tokens == positions else {
      throw fail(
        "encoder_hidden_states",
        "\(text[1]) text and \(tokens) vision tokens; at most \(positions) positions, of which "
          + "\(configuration.maxTextTokens) are for text (max_text_seq_length)")
    }
  }
}
