import Layers
import Tensors
import Training

/// What one cell of the vision grid shows, for supervised pretraining of the tower.
public struct CellLabels: Sendable {
  /// Class of the colour and of the shape in each cell, 0 for none: `[cells]`.
  public let colours: [Int]
  public let shapes: [Int]
  /// Change between the frames of the temporal patch, `[cells, 4]`: right, down (in patches),
  /// growth, appearance; 0 for empty cells.
  public let changes: [Float]
  /// Class of the camera's move, one for each step of the grid.
  public let cameras: [Int]

  public init(colours: [Int], shapes: [Int], changes: [Float], cameras: [Int]) {
    self.colours = colours
    self.shapes = shapes
    self.changes = changes
    self.cameras = cameras
  }
}

/// Supervised pretraining of a vision tower on the content of each cell, through linear readouts
/// that are discarded: a substitute at mini scale for the tower's own pretraining.
public struct VisionPretraining: Sendable {
  public var plan: TrainingPlan
  public var learningRate: Float
  public var colours: Int
  public var shapes: Int
  public var cameras: Int
  public var key: StreamKey

  public init(
    plan: TrainingPlan, learningRate: Float, colours: Int, shapes: Int, cameras: Int,
    key: StreamKey
  ) {
    self.plan = plan
    self.learningRate = learningRate
    self.colours = colours
    self.shapes = shapes
    self.cameras = cameras
    self.key = key
  }

  /// - Returns: the four losses by step (colour, shape, change, camera), and the readouts.
  @discardableResult
  public func run(
    _ model: some VisionLanguageModel, samples: Int, checkpoint: @Sendable () throws -> Void = {},
    progress: (Int, [Double]) -> Void = { _, _ in },
    sample: @escaping @Sendable (Int) throws -> (video: VisionInput, labels: CellLabels)
  ) throws -> CellReadout {
    let readout = try CellReadout(
      width: model.decoder.configuration.width, colours: colours + 1, shapes: shapes + 1,
      cameras: cameras, key: key.child("readout"))
    let run = TrainingRun(
      plan,
      [
        ParameterGroup(
          name: "vision",
          parameters: model.parameters(of: [.visionTower, .merger]) + readout.store.parameters,
          learningRate: learningRate, weightDecay: 0.01)
      ])
    let key = key
    try run.run(checkpoint: checkpoint, progress: progress) { position in
      var stream = RandomStream(key.child("sample", position))
      let (video, labels) = try sample(stream.integer(below: samples))
      let losses = readout.losses(
        try model.visionFeatures(video), labels, steps: video.grid.frames)
      let total = losses[0] + losses[1] + losses[2] * 4 + losses[3] * 0.3
      return SampleLoss(total, measured: losses.map { Double($0.scalar) })
    }
    return readout
  }
}

/// Linear readouts of single cells.
public struct CellReadout: Sendable {
  public let store: ParameterStore
  private let colour: Linear
  private let shape: Linear
  private let change: Linear
  private let camera: Linear

  init(width: Int, colours: Int, shapes: Int, cameras: Int, key: StreamKey) throws {
    store = ParameterStore(.random(key))
    colour = try Linear(store.root["colour"], width, colours)
    shape = try Linear(store.root["shape"], width, shapes)
    change = try Linear(store.root["change"], width, 4)
    camera = try Linear(store.root["camera"], width, cameras)
  }

  /// Losses of colour, shape, change and camera.
  /// - Parameter features: `[cells, width]`
  func losses(_ features: Tensor, _ labels: CellLabels, steps: Int) -> [Tensor] {
    let wanted = Tensor(shape: [labels.colours.count, 4], values: labels.changes)
    let pooled = features.reshaped([steps, -1, features.shape[1]]).mean(axes: [1])
    return [
      colour(features).crossEntropy(targets: labels.colours),
      shape(features).crossEntropy(targets: labels.shapes),
      (change(features) - wanted).squared().mean(),
      camera(pooled).crossEntropy(targets: labels.cameras),
    ]
  }

  /// Shares of occupied cells whose colour, shape and main change are read rightly, and of steps
  /// whose camera is.
  public func accuracies(
    _ features: Tensor, _ labels: CellLabels, steps: Int
  ) -> [(right: Int, of: Int)] {
    let occupied = labels.colours.indices.filter { labels.colours[$0] > 0 }
    let (seenColour, seenShape) = (colour(features).argmax(), shape(features).argmax())
    let changes = change(features)
    let pooled = features.reshaped([steps, -1, features.shape[1]]).mean(axes: [1])
    let seenCamera = camera(pooled).argmax()
    func near(_ cell: Int) -> Bool {
      (0..<4).allSatisfy { abs(changes[cell, $0] - labels.changes[4 * cell + $0]) < 0.1 }
    }
    return [
      (occupied.filter { seenColour[$0] == labels.colours[$0] }.count, occupied.count),
      (occupied.filter { seenShape[$0] == labels.shapes[$0] }.count, occupied.count),
      (occupied.filter(near).count, occupied.count),
      (zip(seenCamera, labels.cameras).filter { $0 == $1 }.count, labels.cameras.count),
    ]
  }
}
