import Diagnostics
import Tensors
import VisionLanguage

/// Token ids of several texts in rows of one length, as the reference library takes them:
/// `input_ids`, `attention_mask` (0 for padding, on either side) and `labels`.
struct PaddedText {
  let ids: [[Int]]
  let mask: [[Bool]]?
  let labels: [[Int]]?
  private let path: String

  static let inputs: [InputDescription] = [
    .init(name: "input_ids", contents: "[batch, tokens] integers", isRequired: true),
    .init(name: "attention_mask", contents: "[batch, tokens], 0 for padding"),
    .init(name: "labels", contents: "[batch, tokens] integers, -100 for none"),
  ]

  init(_ inputs: ForwardInputs) throws {
    path = inputs.path
    ids = try inputs.rows("input_ids", shape: [nil, nil], "[batch, tokens] integers")
    let shape = [ids.count, ids[0].count]
    mask = try inputs.mask("attention_mask", batch: shape[0], tokens: shape[1])
    labels = try inputs.rowsIfPresent(
      "labels", shape: shape, "integers of shape \(shape), as input_ids")
  }

  /// Runs every row by itself and puts the results back into their places. Padding that was left
  /// out has logits of 0, and its queries attend to all keys alike.
  func run(
    _ samples: [PaddedSample], through model: some VisionLanguageModel, _ request: ForwardRequest
  ) throws -> ForwardOutputs {
    let counted = samples.map { ForwardPass.rowsPredicting($0.labels).count }
    let total = counted.reduce(0, +)
    let nothing = "\(path): labels: nothing to predict: after the shift by one every label is -100"
    if request.gradients, labels != nil, total == 0 {
      throw ForwardError.unfit(
        nothing, suggestion: "remove --gradients, or provide at least one label")
    }
    if request.gradients, labels == nil {
      throw ForwardError.missing(
        "\(path): --gradients needs \"labels\" to compute the loss",
        suggestion: "add \"labels\", [batch, tokens], with -100 at positions to ignore")
    }
    try checkLabels(vocabulary: model.decoder.configuration.vocabulary)

    let (batch, tokens) = (ids.count, ids[0].count)
    let vocabulary = model.decoder.configuration.vocabulary
    let logits = TensorBuilder([batch, tokens, vocabulary])
    let padded = PaddedActivations(batch: batch, tokens: tokens)
    let gradients = request.gradients ? Gradients() : nil
    var loss = 0.0
    for (row, sample) in samples.enumerated() {
      let probe = request.activations.map { padded.probe($0, row: row, places: sample.places) }
      let pass = try model.forward(sample.input, probe: probe ?? .none)
      let scores = pass.logits()
      scores.withElements { elements in
        for (index, place) in sample.places.enumerated() {
          logits.write(
            elements.extracting(index * vocabulary..<(index + 1) * vocabulary),
            at: (row * tokens + place) * vocabulary)
        }
      }
      if counted[row] > 0 {
        let own = scores.rows(ForwardPass.rowsPredicting(sample.labels))
          .crossEntropy(
            targets: ForwardPass.rowsPredicting(sample.labels).map { sample.labels[$0 + 1] })
        let share = Double(counted[row]) / Double(total)
        loss += Double(own.scalar) * share
        gradients?.backward(from: own, seed: Float(share))
      }
      try request.advance()
    }
    var outputs = ForwardOutputs(tensors: [("logits", logits.tensor())], gradients: gradients)
    if total > 0 {
      outputs.tensors.append(("loss", Tensor(Float(loss))))
    } else if labels != nil {
      outputs.warnings.append("\(nothing); no loss is written")
    }
    padded.move(to: outputs.activations)
    return outputs
  }

  private func checkLabels(vocabulary: Int) throws {
    for (row, line) in (labels ?? []).enumerated() {
      if let place = line.firstIndex(where: { $0 != -100 && ($0 < 0 || $0 >= vocabulary) }) {
        throw ForwardError.unfit(
          "\(path): labels: row \(row) has \(line[place]) at position \(place); expected -100 or "
            + "an id below \(vocabulary)")
      }
    }
  }
}
