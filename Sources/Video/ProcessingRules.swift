/// Whose rules bring pictures and videos into the form that a vision-language model reads. They
/// choose the same kind of frames and sizes, but not always the same ones.
public enum ProcessingRules: String, Sendable, Hashable, CaseIterable {
  /// The model authors' own code: `qwen-vl-utils` for Qwen2.5-VL, `load_video` for InternVL.
  case authors
  /// The processors of the reference library, transformers.
  case library
}
