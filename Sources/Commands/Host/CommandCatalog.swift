/// All commands of scripts, a line for each system and for what systems share. A new system adds
/// its line.
enum CommandCatalog {
  static let all =
    ModelCommands.all + TrainingCommands.all
    + MotionEnhancerCommands.all
    + AutoencoderMeasures.all + TableCommands.all + FigureCommands.all + ShowCommands.all
    + TensorCommands.all
}
