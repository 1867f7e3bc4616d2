/// The commands of MotionEnhancer.
enum MotionEnhancerCommands {
  static let all =
    PriorCommands.all + TuningCommands.all + MeasureCommands.all + HeadMeasures.all
}
