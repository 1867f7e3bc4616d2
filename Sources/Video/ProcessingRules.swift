/// Whose rules prepare images and videos for a vision-language model. They choose similar frames
/// and sizes, but not always the same ones.
public enum ProcessingRules: String, Sendable, Hashable, CaseIterable {
  /// The model authors' own code: `qwen-vl-utils` for Qwen2.5-VL, `load_video` for InternVL.
  case authors
  /// The processors of the reference library, transformers.
  case library
}
